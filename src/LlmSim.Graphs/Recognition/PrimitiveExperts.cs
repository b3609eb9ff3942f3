using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>
/// A mixture of experts spelt out: a router, TopK, and each expert's matrices over the tokens that chose it. Tracing exporters fix which tokens those
/// are; what counts is that every token runs through k experts.
/// </summary>
internal static class PrimitiveExperts
{
    private const long MaxVisits = 100_000_000;

    /// <summary>Notes every such mixture; their nodes are then accounted for.</summary>
    public static void AddAll(DraftBoard board)
    {
        var budget = MaxVisits;
        foreach (var node in board.Flow.Nodes)
        {
            if (node.OpType != "TopK" || board.Done.Contains(node)) continue;
            // Every mixture is looked for in the whole graph; a graph of nothing but TopK is not worth that.
            if ((budget -= board.Flow.Nodes.Count) < 0) return;
            TryAdd(node, board);
        }
    }

    private static void TryAdd(GraphNode topK, DraftBoard board)
    {
        var flow = board.Flow;
        if (Router(topK, flow) is not { } router || LinearNodes.Read(router, flow) is not var (routerSpec, _, source)) return;
        var input = flow.Root(source);
        var closure = Closure(input, flow);
        int experts = routerSpec.Outputs, hidden = routerSpec.Inputs;
        var matrices = Matrices(closure, input, topK, router, flow, hidden);
        if (matrices.Count == 0) return;
        var region = Region(closure, input, matrices, topK, router, flow);
        if (Result(region, flow) is not { } result) return;

        int firstOutputs = 0, firsts = 0, lasts = 0, intermediate = 0;
        var stored = routerSpec.Stored;
        var bias = false;
        foreach (var node in matrices)
        {
            var (spec, copies) = LinearNodes.ReadStack(node, flow)!.Value;
            stored = spec.Stored;
            bias |= spec.Bias;
            if (spec.Outputs == hidden && !(spec.Inputs == hidden && firsts < experts))
            {
                intermediate = spec.Inputs;
                lasts += copies;
            }
            else
            {
                firstOutputs = spec.Outputs;
                firsts += copies;
            }
        }

        // A matrix less than there are experts: something else that is sorted by TopK.
        if (lasts < experts || firsts < experts) return;
        // Gate and up apart, or packed.
        var gated = firsts >= 2 * experts || firstOutputs == 2 * intermediate;
        var k = Math.Max(1, flow.LastDim(topK.Outputs[0]!));
        var function = ActivationFunction.Silu;
        foreach (var node in region)
            if (node.OpType is "Relu") function = ActivationFunction.Relu;
            else if (node.OpType is "Erf" or "Gelu" or "FastGelu" or "Tanh") function = ActivationFunction.Gelu;

        var value = board.Value(input);
        var scores = new DraftValue(null, 2 * k);
        board.Add(new Router(hidden, experts, k, routerSpec.Bias, routerSpec.Stored), [value], scores, router, topK).Role = "router";
        var mixture = new MixtureOfExperts(experts, k, hidden, intermediate, gated, bias, function, stored);
        board.Add(mixture, [value, scores], board.Value(result), [.. region]).Role = "experts";
    }

    // From TopK back to the matrix that made the scores.
    private static GraphNode? Router(GraphNode topK, ActivationFlow flow)
    {
        var tensor = topK.Input(0);
        for (var steps = 0; steps < 16 && tensor is not null; steps++)
        {
            if (!flow.IsMain(tensor) || flow.Root(tensor).Producer is not { } node) return null;
            if (NodeSets.IsProduct(node)) return node;
            if (!NodeSets.IsElementWise(node)) return null;
            var inputs = flow.MainInputs(node);
            tensor = inputs.Count == 1 ? inputs[0] : null;
        }

        return null;
    }

    // Nodes that read nothing but the input and each other.
    private static List<GraphNode> Closure(GraphTensor input, ActivationFlow flow)
    {
        var made = new HashSet<GraphTensor> { input };
        var nodes = new List<GraphNode>();
        foreach (var node in flow.Nodes)
        {
            if (input.Producer is { } producer && node.Index <= producer.Index) continue;
            var inputs = flow.MainInputs(node);
            if (inputs.Count == 0 || !inputs.TrueForAll(made.Contains)) continue;
            nodes.Add(node);
            foreach (var output in node.Outputs)
                if (output is not null) made.Add(output);
        }

        return nodes;
    }

    // The last matrix of each expert is the one whose result the routing weighs; the others lead to it. A shared network's result is only added.
    private static List<GraphNode> Matrices(List<GraphNode> closure, GraphTensor input, GraphNode topK, GraphNode router, ActivationFlow flow, int hidden)
    {
        var routed = new HashSet<GraphTensor>();
        foreach (var output in topK.Outputs)
            if (output is not null) routed.Add(output);
        var experts = new HashSet<GraphNode>();
        foreach (var node in closure)
        {
            var inputs = flow.MainInputs(node);
            var weighed = inputs.Exists(routed.Contains);
            if (!weighed) continue;
            // Weighing a result makes it routed too, so that sums of results are.
            foreach (var output in node.Outputs)
                if (output is not null) routed.Add(output);
            if (node.OpType is not ("Mul" or "MatMul" or "Where" or "Einsum")) continue;
            foreach (var root in inputs)
                if (!routed.Contains(root) && root.Producer is { } made) experts.Add(made);
        }

        var found = new List<GraphNode>();
        for (var i = closure.Count - 1; i >= 0; i--)
        {
            var node = closure[i];
            if (!experts.Contains(node) || ReferenceEquals(node, router)) continue;
            if (NodeSets.IsProduct(node) && LinearNodes.ReadStack(node, flow) is var (spec, _) && (spec.Inputs == hidden || spec.Outputs == hidden)) found.Add(node);
            foreach (var root in flow.MainInputs(node))
                if (!ReferenceEquals(root, input) && root.Producer is { } before) experts.Add(before);
        }

        found.Reverse();
        return found;
    }

    // What leads to or comes from routing and experts; shared experts beside them stay outside.
    private static List<GraphNode> Region(
        List<GraphNode> closure, GraphTensor input, List<GraphNode> matrices, GraphNode topK, GraphNode router, ActivationFlow flow)
    {
        var ancestors = new HashSet<GraphNode>(matrices) { topK, router };
        for (var i = closure.Count - 1; i >= 0; i--)
        {
            if (!ancestors.Contains(closure[i])) continue;
            foreach (var root in flow.MainInputs(closure[i]))
                if (!ReferenceEquals(root, input) && root.Producer is { } producer) ancestors.Add(producer);
        }

        var made = new HashSet<GraphTensor>();
        var region = new List<GraphNode>();
        foreach (var node in closure)
        {
            var inside = ancestors.Contains(node);
            if (!inside)
            {
                var inputs = flow.MainInputs(node);
                inside = inputs.Exists(made.Contains) && inputs.TrueForAll(t => made.Contains(t) || ReferenceEquals(t, input));
            }

            if (!inside) continue;
            region.Add(node);
            foreach (var output in node.Outputs)
                if (output is not null) made.Add(output);
        }

        return region;
    }

    // The activation that leaves the region last.
    private static GraphTensor? Result(List<GraphNode> region, ActivationFlow flow)
    {
        var inside = new HashSet<GraphNode>(region);
        GraphTensor? result = null;
        foreach (var node in region)
        {
            foreach (var output in node.Outputs)
            {
                if (output is null) continue;
                var leaves = flow.Outputs.Contains(output);
                foreach (var use in flow.Uses(output)) leaves |= !inside.Contains(use);
                if (leaves) result = output;
            }
        }

        return result;
    }
}
