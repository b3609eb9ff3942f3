using LlmSim.Graphs.Building.Shapes;

namespace LlmSim.Graphs.Building.Writing;

/// <summary>Writes feed-forward networks: two matrices, three with a gate, or a mixture of experts beside a shared network.</summary>
internal sealed class FeedForwardWriter(GraphBuilder graph, int hidden, MatrixFormats formats)
{
    /// <summary>Writes the network of one layer.</summary>
    /// <param name="layerPath">"/model/layers.0".</param>
    /// <param name="shape">Which network.</param>
    /// <param name="input">Normalised activations.</param>
    public string Write(string layerPath, FeedForwardShape shape, string input) => shape switch
    {
        DenseFeedForward { Gated: true } gated => Gated(layerPath + "/mlp", gated, input),
        DenseFeedForward plain => Plain(layerPath + "/mlp", plain, input),
        ExpertFeedForward experts => WithShared(layerPath, experts, input),
        _ => throw new NotSupportedException(shape.GetType().Name),
    };

    private string Plain(string path, DenseFeedForward shape, string input)
    {
        var inner = graph.Linear(path + "/fc1", input, hidden, shape.Intermediate, formats.Matrices, shape.Bias);
        var activated = Activate(path + "/act_fn", shape.Function, inner);
        return graph.Linear(path + "/fc2", activated, shape.Intermediate, hidden, formats.Matrices, shape.Bias);
    }

    private string Gated(string path, DenseFeedForward shape, string input)
    {
        string gate, up;
        if (shape.PackedGate)
        {
            var both = graph.Linear(path + "/gate_up_proj", input, hidden, 2L * shape.Intermediate, formats.Matrices, shape.Bias);
            gate = path + "/gate_up_split/output_0";
            up = path + "/gate_up_split/output_1";
            var halves = graph.Integers(shape.Intermediate, shape.Intermediate);
            graph.Add("Split", path + "/gate_up_split/Split", [both, halves], [gate, up], [Attributes.Int("axis", -1)]);
        }
        else
        {
            gate = graph.Linear(path + "/gate_proj", input, hidden, shape.Intermediate, formats.Matrices, shape.Bias);
            up = graph.Linear(path + "/up_proj", input, hidden, shape.Intermediate, formats.Matrices, shape.Bias);
        }

        var product = graph.Add("Mul", path + "/Mul", [Activate(path + "/act_fn", shape.Function, gate), up]);
        return graph.Linear(path + "/down_proj", product, shape.Intermediate, hidden, formats.Matrices, shape.Bias);
    }

    private string Activate(string path, Nonlinearity function, string input)
    {
        switch (function)
        {
            case Nonlinearity.Relu: return graph.Add("Relu", path + "/Relu", [input]);
            case Nonlinearity.Gelu: return graph.Add("Gelu", path + "/Gelu", [input], domain: GraphBuilder.Microsoft);
            case Nonlinearity.TanhGelu: return graph.Add("FastGelu", path + "/FastGelu", [input], domain: GraphBuilder.Microsoft);
            default:
                var sigmoid = graph.Add("Sigmoid", path + "/Sigmoid", [input]);
                return graph.Add("Mul", path + "/Mul", [input, sigmoid]);
        }
    }

    private string WithShared(string layerPath, ExpertFeedForward shape, string input)
    {
        var routed = Experts(layerPath + "/moe", shape, input);
        if (shape.Shared is null) return routed;
        var path = layerPath + "/shared_experts";
        var shared = Gated(path, shape.Shared, input);
        if (shape.SharedGate)
        {
            var score = graph.Linear(layerPath + "/shared_expert_gate", input, hidden, 1, default);
            var gate = graph.Add("Sigmoid", layerPath + "/shared_expert_gate/Sigmoid", [score]);
            shared = graph.Add("Mul", layerPath + "/shared_expert_gate/Mul", [shared, gate]);
        }

        return graph.Add("Add", layerPath + "/moe_add/Add", [routed, shared]);
    }

    private string Experts(string path, ExpertFeedForward shape, string input)
    {
        var scores = Route(path + "/router", shape, input);
        var format = formats.Experts;
        var operation = format.Quantised ? "QMoE" : "MoE";
        var weights = GraphBuilder.WeightPath(path) + ".experts.";
        var clamped = shape.ClampedSwigluLimit > 0;
        List<string> inputs = [input, scores];
        if (clamped)
        {
            // gpt-oss: gate and up interleaved in the first matrix.
            AddMatrix(inputs, weights + "gate_up_proj", shape, 2L * shape.Intermediate, hidden);
            AddMatrix(inputs, weights + "down_proj", shape, hidden, shape.Intermediate);
        }
        else
        {
            AddMatrix(inputs, weights + "gate_proj", shape, shape.Intermediate, hidden);
            AddMatrix(inputs, weights + "down_proj", shape, hidden, shape.Intermediate);
            AddMatrix(inputs, weights + "up_proj", shape, shape.Intermediate, hidden);
        }

        while (inputs[^1].Length == 0) inputs.RemoveAt(inputs.Count - 1);
        return graph.Add(operation, $"{path}/{operation}", inputs, ExpertAttributes(shape, clamped), GraphBuilder.Microsoft);
    }

    private string Route(string path, ExpertFeedForward shape, string input)
    {
        string scores;
        if (shape.Scoring == RouterScoring.Sigmoid)
        {
            scores = graph.Linear(path, input, hidden, shape.Experts, formats.Matrices);
            scores = graph.Add("Sigmoid", path + "/Sigmoid", [scores]);
            if (shape.RouterBias)
                scores = graph.Add("Add", path + "/Add", [scores, graph.Weight(GraphBuilder.WeightPath(path) + ".Add.bias", [shape.Experts])]);
        }
        else
        {
            scores = graph.Linear(path, input, hidden, shape.Experts, formats.Matrices, shape.RouterBias);
        }

        return graph.Add("Reshape", path + "/Reshape", [scores, graph.Integers(-1, shape.Experts)]);
    }

    // One matrix an expert, [experts, outputs, reduction]: weights (and scales when quantised), then biases ("" for none).
    private void AddMatrix(List<string> inputs, string name, ExpertFeedForward shape, long outputs, long reduction)
    {
        var format = formats.Experts;
        if (format.Quantised)
        {
            var scales = format.MicroScaled ? Onnx.OnnxElementType.Float8E8M0 : graph.ActivationType;
            inputs.Add(graph.Weight(name + ".qweight", [shape.Experts, outputs, (reduction * format.Bits + 7) / 8], Onnx.OnnxElementType.UInt8));
            inputs.Add(graph.Weight(name + ".scales", [shape.Experts, outputs, format.Blocks(reduction)], scales));
        }
        else
        {
            inputs.Add(graph.Weight(name + ".weight", [shape.Experts, outputs, reduction]));
        }

        inputs.Add(shape.Bias ? graph.Weight(name + ".bias", [shape.Experts, outputs]) : "");
    }

    private List<Onnx.OnnxAttribute> ExpertAttributes(ExpertFeedForward shape, bool clamped)
    {
        var format = formats.Experts;
        var attributes = new List<Onnx.OnnxAttribute>();
        if (clamped)
        {
            // Fixed in the published model code: sigmoid(1.702 gate), up + 1.
            attributes.Add(Attributes.Float("activation_alpha", 1.702f));
            attributes.Add(Attributes.Float("activation_beta", 1f));
        }

        attributes.Add(Attributes.Text("activation_type", clamped ? "swiglu" : "silu"));
        if (format.Quantised)
        {
            attributes.Add(Attributes.Int("block_size", format.BlockSize));
            attributes.Add(Attributes.Int("expert_weight_bits", format.Bits));
        }

        attributes.Add(Attributes.Int("k", shape.ExpertsPerToken));
        attributes.Add(Attributes.Int("normalize_routing_weights", shape.NormalisedWeights ? 1 : 0));
        if (format.MicroScaled) attributes.Add(Attributes.Text("quant_type", "fp4"));
        attributes.Add(Attributes.Int("swiglu_fusion", clamped ? 1 : 0));
        if (clamped) attributes.Add(Attributes.Float("swiglu_limit", shape.ClampedSwigluLimit));
        attributes.Add(Attributes.Int("use_sparse_mixer", 0));
        return attributes;
    }
}
