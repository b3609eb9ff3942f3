using System.Text;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Tests.Building;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>Real graphs of real exporters.</summary>
public class ExporterGraphTests
{
    private const double Tolerance = 1e-3;

    /// <summary>Graphs that cannot be asked for coverage, each with its reason. A list that grows is a fault.</summary>
    private static readonly Dictionary<string, string> Exceptions = new(StringComparer.Ordinal)
    {
        ["onnxscript_dynamo_retraced/smollm_2/model.onnx"] = "the export is broken (ONNX Runtime refuses it): its layers do not read the embedding",
    };

    [SharedFact]
    public void At_least_99_percent_of_every_graphs_flops_are_understood()
    {
        var root = SharedData.Path("onnx/models");
        var failures = new StringBuilder();
        var counted = 0;
        foreach (var file in Directory.GetFiles(root, "*.onnx", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(root, file).Replace('\\', '/');
            if (name.StartsWith("onnx_backend_node_tests/", StringComparison.Ordinal) || Exceptions.ContainsKey(name)) continue;
            var model = Recognised.File(file);
            Recognised.AssertSound(model);
            counted++;
            if (model.Coverage < 0.99) failures.AppendLine($"{name}: {model.Coverage:P1} {string.Join("; ", model.Notes)}");
        }

        Assert.True(failures.Length == 0, failures.ToString());
        Assert.Equal(81 - Exceptions.Count, counted);
    }

    [SharedTheory]
    [InlineData("genai_builder_v0.8.2/llama-2-7b-fp16-cuda", 6_738_415_616, 13.48)]
    [InlineData("genai_builder_v0.8.2/llama-2-7b-int4-cpu", 6_738_415_616, 4.66)]
    [InlineData("genai_builder_v0.8.2/llama-2-7b-fp16-mha-cpu", 6_738_415_616, 13.48)]
    [InlineData("genai_builder_v0.8.2/llama-3-70b-fp16-cuda", 70_553_706_496, 141.1)]
    [InlineData("genai_builder_v0.8.2/mistral-7b-v0.1-fp16-cuda", 7_241_732_096, 14.5)]
    [InlineData("genai_builder_v0.8.2/qwen2.5-7b-fp16-cuda", 7_615_616_512, 15.2)]
    [InlineData("genai_builder_v0.9.2/qwen3-8b-fp16-cuda", 8_190_735_360, 16.4)]
    [InlineData("genai_builder_v0.9.2/gpt-oss-20b-int4-cuda", 20_914_757_184, 11.4)]
    public void Parameters_and_weight_bytes_are_those_of_the_published_model(string folder, double parameters, double gigabytes)
    {
        var model = Recognised.Real(folder);
        Assert.Equal(1, model.Coverage);
        Assert.Equal(parameters, model.Parameters);
        var bytes = model.WeightBytes(new Precision(null, model.ExportedActivations, NumberFormat.Fp16)) / 1e9;
        Assert.InRange(bytes, gigabytes * 0.995, gigabytes * 1.005);
    }

    /// <summary>The real builder's graph and ours of one model are the same model.</summary>
    [SharedTheory]
    [InlineData("genai_builder_v0.8.2/llama-2-7b-fp16-cuda", "llama-2-7b")]
    [InlineData("genai_builder_v0.8.2/llama-2-13b-fp16-cuda", "llama-2-13b")]
    [InlineData("genai_builder_v0.8.2/llama-3-70b-fp16-cuda", "llama-3-70b")]
    [InlineData("genai_builder_v0.9.2/qwen3-8b-fp16-cuda", "qwen3-8b")]
    [InlineData("genai_builder_v0.8.2/phi-2-fp16-cuda", "phi-2")]
    public void Both_builders_come_to_the_same_model(string folder, string shipped) => AssertSameCost(Recognised.Real(folder), Recognised.Shipped(shipped), exactNames: true);

    /// <summary>A traced graph of primitives and our builder's graph of the same configuration cost the same, layer by layer.</summary>
    [SharedTheory]
    [InlineData("llama-tiny-2l", 256, 2, 8, 4, 32, 688, 1000, "")]
    [InlineData("llama-tiny-2l-nopast", 256, 2, 8, 4, 32, 688, 1000, "")]
    [InlineData("llama-tiny-2l-opset17", 256, 2, 8, 4, 32, 688, 1000, "")]
    [InlineData("llama-2-7b-2l-noparams", 4096, 2, 32, 32, 128, 11008, 32000, "")]
    [InlineData("mixtral-tiny-2l-8e", 256, 2, 8, 2, 32, 896, 1000, "mixtral")]
    public void Traced_and_built_graphs_of_one_model_cost_the_same(
        string folder, int hidden, int layers, int heads, int kvHeads, int headDim, int intermediate, int vocabulary, string family)
    {
        var experts = family == "mixtral" ? """, "num_local_experts": 8, "num_experts_per_tok": 2 """ : "";
        var built = Recognised.Of(Config.Build(
            $$"""
            {
              "model_type": "{{(family.Length > 0 ? family : "llama")}}", "hidden_size": {{hidden}}, "num_hidden_layers": {{layers}}, "num_attention_heads": {{heads}},
              "num_key_value_heads": {{kvHeads}}, "head_dim": {{headDim}}, "intermediate_size": {{intermediate}}, "vocab_size": {{vocabulary}},
              "max_position_embeddings": 512 {{experts}}
            }
            """,
            new BuildOptions { Activations = NumberFormat.Fp32 }));
        var traced = Recognised.Real("hf_torchscript_torch1.13/" + folder);
        Assert.Equal(1, traced.Coverage);
        AssertSameCost(traced, built, exactNames: false);
    }

    [SharedTheory]
    [InlineData("hf_torchscript_torch1.13/gpt2-124m", "gpt-2")]
    [InlineData("hf_torchscript_torch1.13/opt-125m", "opt-125m")]
    public void Traced_layers_cost_what_the_shipped_graphs_layers_cost(string folder, string shipped)
    {
        LanguageModel traced = Recognised.Real(folder), built = Recognised.Shipped(shipped);
        Assert.Single(traced.LayerGroups);
        AssertSameLayer(traced.LayerGroups[0], built.LayerGroups[0]);
        Assert.Equal(built.LayerCount, traced.LayerCount);
        Assert.Equal(built.KvElementsPerToken, traced.KvElementsPerToken);
    }

    private static void AssertSameCost(LanguageModel a, LanguageModel b, bool exactNames)
    {
        Assert.Equal(a.LayerCount, b.LayerCount);
        Assert.Equal(a.LayerGroups.Count, b.LayerGroups.Count);
        Assert.Equal(a.KvElementsPerToken, b.KvElementsPerToken);
        Assert.Equal(a.VocabularySize, b.VocabularySize);
        Assert.Equal(a.HiddenSize, b.HiddenSize);
        Near(a.Parameters, b.Parameters);
        for (var i = 0; i < a.LayerGroups.Count; i++)
        {
            AssertSameLayer(a.LayerGroups[i], b.LayerGroups[i]);
            if (exactNames) Assert.Equal(a.LayerGroups[i].Operators.Select(o => o.Name), b.LayerGroups[i].Operators.Select(o => o.Name));
        }

        AssertSameLayer(a.Epilogue!, b.Epilogue!);
    }

    private static void AssertSameLayer(LayerGroup a, LayerGroup b)
    {
        foreach (var batch in new[] { BatchShape.UniformPrefill(2, 100), BatchShape.UniformDecode(3, 500) })
            Near(Recognised.Flops(a, batch), Recognised.Flops(b, batch));
        // Matrices in the same format; what else differs in format is a vector.
        var precision = new Precision(new WeightFormat(NumberFormat.Fp16), NumberFormat.Fp16, NumberFormat.Fp16);
        Near(a.Operators.Sum(o => o.Spec.WeightBytes(precision)), b.Operators.Sum(o => o.Spec.WeightBytes(precision)));
    }

    private static void Near(double a, double b) => Assert.InRange(a, b * (1 - Tolerance), b * (1 + Tolerance));
}
