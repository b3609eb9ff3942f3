using System.Globalization;
using System.Text;
using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>Short ways from a configuration's text to its graph.</summary>
internal static class Config
{
    public const string TinyLlama = """
        {
          "model_type": "llama",
          "hidden_size": 64,
          "num_hidden_layers": 2,
          "num_attention_heads": 4,
          "num_key_value_heads": 2,
          "intermediate_size": 96,
          "vocab_size": 100,
          "max_position_embeddings": 128
        }
        """;

    public static HfConfig Parse(string text)
    {
        var errors = new InputErrors();
        var config = HfConfig.Parse("config.json", Encoding.UTF8.GetBytes(text), errors);
        errors.ThrowIfAny();
        return config!;
    }

    public static OnnxModel Build(string text, BuildOptions? options = null)
    {
        var errors = new InputErrors();
        var model = ModelBuilder.Build(Parse(text), options ?? new BuildOptions(), errors);
        errors.ThrowIfAny();
        return model!;
    }

    /// <summary>Everything that is wrong with a configuration, one line each.</summary>
    public static IReadOnlyList<string> Errors(string text, BuildOptions? options = null)
    {
        var errors = new InputErrors();
        var config = HfConfig.Parse("config.json", Encoding.UTF8.GetBytes(text), errors);
        if (config is not null)
        {
            var model = ModelBuilder.Build(config, options ?? new BuildOptions(), errors);
            Assert.Equal(errors.Any, model is null);
        }

        return errors.Items.Select(e => e.ToString()).ToList();
    }

    /// <summary>A configuration with one member set to other JSON, or removed.</summary>
    public static string With(string text, string member, string? json)
    {
        var node = System.Text.Json.Nodes.JsonNode.Parse(text)!.AsObject();
        node.Remove(member);
        if (json is not null) node[member] = System.Text.Json.Nodes.JsonNode.Parse(json);
        return node.ToJsonString();
    }

    /// <summary>Parameters that a graph's initializers hold: tables of cosines and sines, scales and zero points left out, packed weights unpacked.</summary>
    public static double Parameters(OnnxModel model)
    {
        var packed = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var node in model.Graph.Nodes)
        {
            if (node.OpType == "MatMulNBits") packed[node.Inputs[1]] = (double)Int(node, "K") * Int(node, "N");
            if (node.OpType != "QMoE") continue;
            var hidden = (long)model.Graph.Initializers.First(i => i.Name == "model.embed_tokens.weight").Dimensions[1];
            foreach (var name in node.Inputs.Where(i => i.EndsWith(".qweight", StringComparison.Ordinal)))
            {
                // A packed row of K weights: exact for the even sizes that models have.
                var dims = model.Graph.Initializers.First(i => i.Name == name).Dimensions;
                packed[name] = (double)dims[0] * dims[1] * dims[2] * 8 / Int(node, "expert_weight_bits");
            }
        }

        double sum = 0;
        foreach (var tensor in model.Graph.Initializers)
        {
            if (tensor.Name is "cos_cache" or "sin_cache" || tensor.Name.EndsWith("scales", StringComparison.Ordinal) || tensor.Name.EndsWith("zero_points", StringComparison.Ordinal)) continue;
            sum += packed.TryGetValue(tensor.Name, out var unpacked) ? unpacked : tensor.Dimensions.Aggregate(1.0, (p, d) => p * d);
        }

        return sum;
    }

    public static long Int(OnnxNode node, string attribute) => node.Attributes.Single(a => a.Name == attribute).Int;

    public static string Shown(long value) => value.ToString(CultureInfo.InvariantCulture);
}
