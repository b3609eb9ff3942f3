using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Recognition;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>What an engine sees in a graph of ours is what the configuration said.</summary>
public sealed class RecognitionOfBuiltGraphsTests(ITestOutputHelper output)
{
    private static readonly ModelCatalogue Shipped = new(Repository.Path("models"));

    public static TheoryData<string> Names() => [.. Shipped.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_built_graph_is_recognised_as_the_model_it_was_built_from(string name)
    {
        var errors = new InputErrors();
        var source = ModelSource.Resolve(name, errors, Shipped)!;
        var graph = GraphImport.From(source.Model, name, errors)!;
        errors.ThrowIfAny();
        var model = ModelRecognition.Recognise(graph, name);
        foreach (var group in model.Groups)
            output.WriteLine($"{group.Name} x {group.Count}: " + string.Join(", ", group.Operators.Select(o => o.Name)));
        output.WriteLine(string.Join(Environment.NewLine, model.Notes));

        var figures = Shipped.Entry(name, errors)!.Figures;
        Assert.Equal(figures.Parameters, model.Parameters);
        Assert.Equal(figures.KvElementsPerToken, model.KvElementsPerToken);
        Assert.Equal(figures.Layers, model.LayerCount);
        Assert.Equal(figures.HiddenSize, model.HiddenSize);
        Assert.Equal(figures.VocabularySize, model.VocabularySize);
        Assert.Equal(figures.MaxContextTokens, model.MaxContextTokens);
        Assert.Equal(1, model.Coverage);
        Assert.Equal(graph.Metadata.Where(m => m.Key.StartsWith(ModelMetadata.NotePrefix, StringComparison.Ordinal)).Select(m => m.Value), model.Notes);
        Assert.DoesNotContain(model.Groups.SelectMany(g => g.Operators), o => o.Spec is Unrecognised);
    }

    [Fact]
    public void Particular_layers_come_out_with_their_sizes_and_storage()
    {
        var half = new WeightFormat(NumberFormat.Fp16);
        Assert.Equal(new MultiLatentAttention(128, 512, 128, 64, 128, half), Spec<MultiLatentAttention>("deepseek-v3", 1) with { RotaryDims = 0 });
        Assert.Equal(
            new MixtureOfExperts(256, 8, 7168, 2048, Gated: true, Bias: false, ActivationFunction.Silu, half), Spec<MixtureOfExperts>("deepseek-v3", 1));
        Assert.Equal(new Router(7168, 256, 8, Bias: true, half), Spec<Router>("deepseek-v3", 1));
        Assert.Equal(
            new MixtureOfExperts(32, 4, 2880, 2880, Gated: true, Bias: true, ActivationFunction.ClampedSwiglu, new WeightFormat(NumberFormat.Fp4, 32, 8)),
            Spec<MixtureOfExperts>("gpt-oss-20b", 0));
        Assert.Equal(new Attention(64, 8, 64, 64) { Window = 128, Sinks = true, RotaryDims = 64 }, Spec<Attention>("gpt-oss-20b", 0));
        Assert.Equal(new Attention(32, 2, 128, 128) { RotaryDims = 64 }, Spec<Attention>("chatglm3-6b", 0));
        Assert.Equal(new Attention(16, 16, 256, 256) { RotaryDims = 64 }, Spec<Attention>("gpt-j-6b", 0));
        Assert.Equal(new Attention(16, 8, 256, 256) { Window = 4096, RotaryDims = 256 }, Spec<Attention>("gemma-2-9b", 0));
    }

    private static T Spec<T>(string name, int group)
        where T : OperatorSpec
    {
        var errors = new InputErrors();
        var graph = GraphImport.From(ModelSource.Resolve(name, errors, Shipped)!.Model, name, errors)!;
        return ModelRecognition.Recognise(graph, name).LayerGroups[group].Operators.Select(o => o.Spec).OfType<T>().Single();
    }
}
