using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>Our graphs beside those that onnxruntime-genai's builder wrote of the same models.</summary>
public sealed class ReferenceGraphTests
{
    private const string V8 = "onnx/models/genai_builder_v0.8.2/";
    private const string V9 = "onnx/models/genai_builder_v0.9.2/";

    /// <summary>
    /// The same nodes under the same names, reading the same weights of the same shapes. Left out of the comparison: names of constants, which changed
    /// between its versions, and optional inputs left empty at the end.
    /// </summary>
    [SharedTheory]
    [InlineData("llama-2-7b", V8 + "llama-2-7b-fp16-cuda")]
    [InlineData("llama-2-13b", V8 + "llama-2-13b-fp16-cuda")]
    [InlineData("llama-3-8b", V8 + "llama-3-8b-fp16-cuda")]
    [InlineData("llama-3-70b", V8 + "llama-3-70b-fp16-cuda")]
    [InlineData("mistral-7b", V8 + "mistral-7b-v0.1-fp16-cuda")]
    [InlineData("phi-2", V8 + "phi-2-fp16-cuda")]
    [InlineData("phi-3-mini", V8 + "phi-3-mini-4k-fp16-cuda")]
    [InlineData("qwen2.5-7b", V8 + "qwen2.5-7b-fp16-cuda")]
    [InlineData("llama-3.1-8b", V9 + "llama-3.1-8b-fp16-cuda")]
    [InlineData("llama-3.1-8b", V9 + "llama-3.1-8b-int4-cuda")]
    [InlineData("qwen3-8b", V9 + "qwen3-8b-fp16-cuda")]
    [InlineData("qwen3-8b", V9 + "qwen3-8b-int4-cuda")]
    [InlineData("gpt-oss-20b", V9 + "gpt-oss-20b-fp16-cuda")]
    public void Nodes_and_weights_are_those_of_the_real_builder(string name, string folder)
    {
        var weights = folder.Contains("int4", StringComparison.Ordinal) ? NumberFormat.Int4 : NumberFormat.Fp16;
        var errors = new InputErrors();
        var ours = ModelSource.Resolve(name, errors, new ModelCatalogue(Repository.Path("models")), new BuildOptions { Weights = weights })?.Model.Graph;
        var theirs = OnnxReader.Read(SharedData.Path(folder + "/model.onnx"), errors)?.Graph;
        errors.ThrowIfAny();
        Assert.Equal(Nodes(theirs!), Nodes(ours!));
        Assert.Equal(Weights(theirs!), Weights(ours!));
        Assert.Equal(Values(theirs!.Inputs), Values(ours!.Inputs));
        Assert.Equal(Values(theirs.Outputs), Values(ours.Outputs));
    }

    private static string[] Nodes(OnnxGraph graph)
    {
        var constants = graph.Nodes.Where(n => n.OpType == "Constant").SelectMany(n => n.Outputs).ToHashSet(StringComparer.Ordinal);
        return graph.Nodes.Where(n => n.OpType != "Constant").Select(n =>
        {
            var inputs = string.Join(" ", n.Inputs.Select(i => constants.Contains(i) ? "constant" : i)).TrimEnd();
            return $"{n.Domain}.{n.OpType} {n.Name}: {inputs} -> {string.Join(" ", n.Outputs)}";
        }).Order(StringComparer.Ordinal).ToArray();
    }

    private static string[] Weights(OnnxGraph graph) =>
        graph.Initializers.Select(i => $"{i.Name} {i.ElementType} [{string.Join(",", i.Dimensions)}]").Order(StringComparer.Ordinal).ToArray();

    private static string[] Values(IEnumerable<OnnxValueInfo> values) =>
        values.Select(v => $"{v.Name} {v.ElementType} [{string.Join(",", v.Dimensions!.Select(d => d.Parameter ?? Config.Shown(d.Value!.Value)))}]").Order(StringComparer.Ordinal).ToArray();
}
