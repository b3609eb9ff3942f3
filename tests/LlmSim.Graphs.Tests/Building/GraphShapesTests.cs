using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>The import resolves type and shape of every tensor of every graph that the builder writes, though the graphs state those of their ends only.</summary>
public sealed class GraphShapesTests
{
    private static readonly ModelCatalogue Shipped = new(Repository.Path("models"));

    public static TheoryData<string, string> Graphs()
    {
        var data = new TheoryData<string, string>();
        foreach (var name in Shipped.Names) data.Add(name, "config");
        foreach (var name in new[] { "llama-2-7b", "qwen3-8b", "mixtral-8x7b", "deepseek-v3", "gpt-oss-20b", "opt-125m", "chatglm3-6b" }) data.Add(name, "int4");
        return data;
    }

    [Theory]
    [MemberData(nameof(Graphs))]
    public void Every_tensor_has_a_type_and_a_shape_in_batch_sequence_and_past(string name, string format)
    {
        var graph = Import(name, format);
        Assert.Empty(graph.UnknownOperators);
        Assert.Empty(graph.Notes);
        foreach (var tensor in graph.Tensors)
        {
            Assert.True(tensor.ElementType != OnnxElementType.Undefined, tensor.ToString());
            Assert.True(tensor.Shape is not null && !tensor.Shape.Dims.ToArray().Any(d => d.IsUnknown), tensor.ToString());
        }

        var symbols = new HashSet<string>();
        foreach (var tensor in graph.Tensors)
            foreach (var dim in tensor.Shape!) dim.AddSymbols(symbols);
        Assert.Equal(["batch_size", "past_sequence_length", "sequence_length"], symbols.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_latent_cache_is_extended_and_expanded_to_all_heads()
    {
        var graph = Import("deepseek-v3", "fp16");
        Assert.Equal("[batch_size, past_sequence_length + sequence_length, 576]", graph.Find("present.0.latent")!.Shape!.ToString());
        Assert.Equal("[batch_size, past_sequence_length + sequence_length, 32768]", graph.Find("/model/layers.0/attn/kv_b_proj/MatMul/output_0")!.Shape!.ToString());
        Assert.Equal("[batch_size, past_sequence_length + sequence_length, 24576]", graph.Find("/model/layers.0/attn/key/Reshape/output_0")!.Shape!.ToString());
        Assert.Equal("[batch_size, 1, sequence_length, past_sequence_length + sequence_length]", graph.Find("/model/causal_mask/Where/output_0")!.Shape!.ToString());
    }

    private static Graph Import(string name, string format)
    {
        var errors = new InputErrors();
        NumberFormat? weights = NumberFormats.TryParse(format, out var parsed) ? parsed : null;
        var source = ModelSource.Resolve(name, errors, Shipped, new BuildOptions { Weights = weights });
        var graph = source is null ? null : GraphImport.From(source.Model, name, errors);
        errors.ThrowIfAny();
        return graph!;
    }
}
