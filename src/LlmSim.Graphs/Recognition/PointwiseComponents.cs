using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Recognition;

/// <summary>Element-wise nodes that all descend from one activation and belong together: a norm, an activation function, a rotation spelt out.</summary>
/// <param name="Source">The activation.</param>
/// <param name="Nodes">In order of the graph.</param>
internal sealed record PointwiseComponent(GraphTensor Source, List<GraphNode> Nodes);

/// <summary>
/// A stretch of a component between two activations that everything passes through: one node, or a block whose branches part and join again.
/// </summary>
/// <param name="Input">The activation before it.</param>
/// <param name="Nodes">In order of the graph.</param>
/// <param name="Outputs">Activations that something outside reads, or the next stage does.</param>
internal sealed record Stage(GraphTensor Input, List<GraphNode> Nodes, List<GraphTensor> Outputs);

/// <summary>Cuts the element-wise parts of a graph into components and stages.</summary>
internal static class PointwiseComponents
{
    /// <summary>Components of the nodes given, and the nodes where two activations meet (residual additions, gates).</summary>
    public static (List<PointwiseComponent> Components, List<GraphNode> Merges) Find(ActivationFlow flow, IEnumerable<GraphNode> elementWise)
    {
        var source = new Dictionary<GraphTensor, GraphTensor>();
        var parent = new Dictionary<GraphNode, GraphNode>();
        var order = new List<GraphNode>();
        var merges = new List<GraphNode>();
        foreach (var node in elementWise)
        {
            GraphTensor? only = null;
            var several = false;
            var inputs = flow.MainInputs(node);
            foreach (var root in inputs)
            {
                var origin = source.GetValueOrDefault(root, root);
                several |= only is not null && !ReferenceEquals(only, origin);
                only ??= origin;
            }

            if (several || only is null)
            {
                merges.Add(node);
                continue;
            }

            order.Add(node);
            parent[node] = node;
            foreach (var output in node.Outputs)
                if (output is not null) source[output] = only;
            foreach (var root in inputs)
                if (root.Producer is { } producer && parent.ContainsKey(producer)) Union(parent, producer, node);
        }

        var byLeader = new Dictionary<GraphNode, PointwiseComponent>();
        var components = new List<PointwiseComponent>();
        foreach (var node in order)
        {
            var leader = Leader(parent, node);
            if (!byLeader.TryGetValue(leader, out var component))
            {
                byLeader[leader] = component = new PointwiseComponent(source[node.Outputs[0]!], []);
                components.Add(component);
            }

            component.Nodes.Add(node);
        }

        return (components, merges);
    }

    /// <summary>The stages of a component, in order.</summary>
    public static List<Stage> Stages(ActivationFlow flow, PointwiseComponent component)
    {
        var inside = new HashSet<GraphNode>(component.Nodes);
        var remaining = new Dictionary<GraphTensor, int>();
        foreach (var node in component.Nodes)
            foreach (var root in flow.MainInputs(node)) remaining[root] = remaining.GetValueOrDefault(root) + 1;

        var stages = new List<Stage>();
        var live = new HashSet<GraphTensor> { component.Source };
        var input = component.Source;
        var nodes = new List<GraphNode>();
        var outputs = new List<GraphTensor>();
        foreach (var node in component.Nodes)
        {
            nodes.Add(node);
            foreach (var root in flow.MainInputs(node))
                if (--remaining[root] == 0) live.Remove(root);
            foreach (var output in node.Outputs)
            {
                if (output is null || !flow.IsMain(output)) continue;
                if (remaining.ContainsKey(output)) live.Add(output);
                if (IsReadOutside(flow, output, inside)) outputs.Add(output);
            }

            if (live.Count > 1) continue;
            if (live.Count == 1)
            {
                GraphTensor cut = component.Source;
                foreach (var only in live) cut = only;
                // A source that is not used up yet is no cut.
                if (ReferenceEquals(cut, input)) continue;
                if (!outputs.Contains(cut)) outputs.Add(cut);
                stages.Add(new Stage(input, nodes, outputs));
                input = cut;
                nodes = [];
                outputs = [];
            }
        }

        if (nodes.Count > 0) stages.Add(new Stage(input, nodes, outputs));
        return stages;
    }

    private static bool IsReadOutside(ActivationFlow flow, GraphTensor tensor, HashSet<GraphNode> inside)
    {
        if (flow.Outputs.Contains(tensor)) return true;
        foreach (var node in flow.Uses(tensor))
            if (!inside.Contains(node)) return true;
        return false;
    }

    private static GraphNode Leader(Dictionary<GraphNode, GraphNode> parent, GraphNode node)
    {
        while (!ReferenceEquals(parent[node], node)) node = parent[node] = parent[parent[node]];
        return node;
    }

    private static void Union(Dictionary<GraphNode, GraphNode> parent, GraphNode a, GraphNode b)
    {
        a = Leader(parent, a);
        b = Leader(parent, b);
        if (ReferenceEquals(a, b)) return;
        // The earlier node leads, so that components keep the order of the graph.
        if (a.Index < b.Index) parent[b] = a;
        else parent[a] = b;
    }
}
