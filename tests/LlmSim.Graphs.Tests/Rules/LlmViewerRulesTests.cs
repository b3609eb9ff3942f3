using System.Globalization;
using System.Text.Json;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Rules;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Rules;

public class LlmViewerRulesTests
{
    private static readonly WeightFormat Fp16 = new(NumberFormat.Fp16);
    private static readonly LlmViewerDevice A6000 = new(768e9, 154.8385e12, 309.7e12, 21_504_000);

    /// <summary>The survey's Table 1: Llama-2-7B, A6000, sequence 2048, batch 1; the paper writes o_proj for out_proj and one row each for norm and add.</summary>
    [Theory]
    [InlineData(Phase.Prefill, "q_proj k_proj v_proj out_proj", "69G", "67M", "1024", "155T", true)]
    [InlineData(Phase.Prefill, "gate_proj up_proj down_proj", "185G", "152M", "1215", "155T", true)]
    [InlineData(Phase.Prefill, "qk_matmul sv_matmul", "34G", "302M", "114", "87T", false)]
    [InlineData(Phase.Prefill, "softmax", "671M", "537M", "1.25", "960G", false)]
    [InlineData(Phase.Prefill, "attn_norm mlp_norm", "59M", "34M", "1.75", "1T", false)]
    [InlineData(Phase.Prefill, "attn_add mlp_add", "8M", "34M", "0.25", "192G", false)]
    [InlineData(Phase.Decode, "q_proj k_proj v_proj out_proj", "34M", "34M", "1", "768G", false)]
    [InlineData(Phase.Decode, "gate_proj up_proj down_proj", "90M", "90M", "1", "768G", false)]
    [InlineData(Phase.Decode, "qk_matmul sv_matmul", "17M", "17M", "0.99", "762G", false)]
    [InlineData(Phase.Decode, "softmax", "328K", "262K", "1.25", "960G", false)]
    [InlineData(Phase.Decode, "attn_norm mlp_norm", "29K", "16K", "1.75", "1T", false)]
    [InlineData(Phase.Decode, "attn_add mlp_add", "4K", "16K", "0.25", "192G", false)]
    public void Table_1_of_the_survey_comes_out_as_printed(
        Phase phase, string names, string ops, string bytes, string intensity, string performance, bool computeBound)
    {
        var result = LlmViewerRules.Analyse(Decoder(4096, 32, 32, 128, 11008, 32, 32000), new LlmViewerSetting(phase, 1, 2048), A6000, out _)!;
        foreach (var name in names.Split(' '))
        {
            var row = result.Rows.Single(r => r.Name == name);
            AssertPrinted(ops, row.Ops);
            AssertPrinted(bytes, row.MemoryAccess);
            AssertPrinted(intensity, row.ArithmeticIntensity);
            AssertPrinted(performance, row.OpsPerSecond);
            Assert.Equal(computeBound, row.ComputeBound);
        }
    }

    [SharedFact]
    public void Every_setting_of_the_tool_comes_out_within_a_millionth()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("llm-viewer/reference.json")));
        var settings = document.RootElement.GetProperty("settings");
        var hardware = document.RootElement.GetProperty("hardware");
        Assert.Equal(36, settings.GetArrayLength());
        foreach (var setting in settings.EnumerateArray())
        {
            var name = setting.GetProperty("model").GetString()!;
            LlmViewerReference.Compare(Models[name[(name.IndexOf('/') + 1)..]], setting, hardware);
        }
    }

    [Fact]
    public void A_model_that_the_tool_does_not_know_is_refused_with_the_reason()
    {
        var model = Decoder(64, 4, 4, 16, 128, 2, 100);
        var experts = new MixtureOfExperts(8, 2, 64, 128, true, false, ActivationFunction.Silu, Fp16);
        model = model with { LayerGroups = [model.LayerGroups[0] with { Operators = [new Operator("experts", experts, [0], [0])] }] };
        Assert.Null(LlmViewerRules.Analyse(model, new LlmViewerSetting(Phase.Decode, 1, 10), A6000, out var problem));
        Assert.Contains("mixture of experts", problem, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, LanguageModel> Models = new()
    {
        ["Llama-2-7b-hf"] = Decoder(4096, 32, 32, 128, 11008, 32, 32000),
        ["Llama-2-13b-hf"] = Decoder(5120, 40, 40, 128, 13824, 40, 32000),
        ["Llama-2-70b-hf"] = Decoder(8192, 64, 8, 128, 28672, 80, 32000),
        ["Llama-3-8B"] = Decoder(4096, 32, 8, 128, 14336, 32, 128256),
        ["opt-125m"] = Decoder(768, 12, 12, 64, 3072, 12, 50272, gated: false),
        ["opt-6.7b"] = Decoder(4096, 32, 32, 128, 16384, 32, 50272, gated: false),
        ["opt-66b"] = Decoder(9216, 72, 72, 128, 36864, 64, 50272, gated: false),
        ["chatglm3-6b"] = Decoder(4096, 32, 2, 128, 13696, 28, 65024),
        ["gpt-j-6B"] = Decoder(4096, 16, 16, 256, 16384, 28, 50400, gated: false, parallel: true),
    };

    private static LanguageModel Decoder(
        int hidden, int heads, int kvHeads, int headDim, int intermediate, int layers, int vocabulary, bool gated = true, bool parallel = false)
    {
        var operators = new List<Operator>
        {
            new("attn_norm", new Norm(NormKind.Rms, hidden), [0], [1]),
            new("attention", new Attention(heads, kvHeads, headDim, headDim), [1], [1]),
            new("down_proj", new Linear(intermediate, hidden, false, Fp16), [1], [1]),
        };
        if (gated) operators.Add(new("gate_up_proj", new Linear(hidden, 2 * intermediate, false, Fp16), [1], [1]));
        if (!parallel) operators.Add(new("mlp_norm", new Norm(NormKind.Rms, hidden), [1], [1]));
        return new LanguageModel
        {
            Name = "decoder",
            HiddenSize = hidden,
            VocabularySize = vocabulary,
            LayerGroups = [new LayerGroup("layer", [.. Enumerable.Range(0, layers)], operators, [new("in", hidden), new("out", hidden)], 1)],
        };
    }

    /// <summary>A figure as the paper prints it: so many digits, a unit letter; "1T" is 1.344 T cut, the others are rounded.</summary>
    private static void AssertPrinted(string printed, double value)
    {
        var unit = printed[^1] switch { 'K' => 1e3, 'M' => 1e6, 'G' => 1e9, 'T' => 1e12, _ => 1.0 };
        var digits = unit > 1 ? printed[..^1] : printed;
        var decimals = digits.Contains('.', StringComparison.Ordinal) ? digits.Length - digits.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
        Assert.Equal(digits, Math.Round(value / unit, decimals, MidpointRounding.AwayFromZero).ToString(CultureInfo.InvariantCulture));
    }
}
