using LlmSim.Fitting.Classes;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Validation;

/// <summary>Constants of one device against measurements of another, and against tables that other people measured.</summary>
internal static class TransferChecks
{
    private const string Vllm = "vllm-0.24.0";

    private static readonly (string From, string To, OperatorClass Class, NumberFormat Format, double Target)[] s_pairs =
    [
        ("h100-80gb-sxm", "h200", OperatorClasses.Gemm, NumberFormat.Bf16, 0.065), ("h200", "h100-80gb-sxm", OperatorClasses.Gemm, NumberFormat.Bf16, 0.065),
        ("b200", "b300", OperatorClasses.Gemm, NumberFormat.Bf16, 0.10), ("b300", "b200", OperatorClasses.Gemm, NumberFormat.Bf16, 0.10),
        ("h100-80gb-sxm", "h200", OperatorClasses.DecodeAttention, NumberFormat.Bf16, 0.10), ("h200", "h100-80gb-sxm", OperatorClasses.DecodeAttention, NumberFormat.Bf16, 0.10),
        ("b200", "b300", OperatorClasses.DecodeAttention, NumberFormat.Bf16, 0.10), ("b300", "b200", OperatorClasses.DecodeAttention, NumberFormat.Bf16, 0.10),
    ];

    public static IEnumerable<ValidationRow> Run(string dataFolder, HardwareCatalogue catalogue, ValidationOptions options)
    {
        foreach (var (from, to, kind, format, target) in s_pairs)
        {
            var measured = FitTargets.All.First(t => t.Device == to && t.Class == kind && t.Format == format && t.Kernels == Vllm);
            if (Constants(catalogue, from, kind, format) is not { } constants) continue;
            yield return Comparison.Of(
                "devices", to, $"{kind.Name} {format.Name()} with {from}'s constants", measured.Data, HeldOut.ByDevice, target,
                measured.Build(dataFolder, catalogue.Find(to)), constants, options);
        }

        foreach (var (from, to, target) in new[] { ("a100-80gb-sxm", "a40", 0.10), ("h100-80gb-sxm", "h100-80gb-sxm", (double?)null), ("a100-80gb-sxm", "a100-80gb-sxm", null) })
        {
            var folder = to.StartsWith("a40", StringComparison.Ordinal) ? "a40" : to[..4];
            var tables = new[] { "Llama-2-7b-hf", "Llama-2-70b-hf" }.Select(m => CsvTable.Read(Path.Combine(dataFolder, "operators", "vidur", folder, m, "mlp.csv"))).ToList();
            if (Constants(catalogue, from, OperatorClasses.Gemm, NumberFormat.Bf16) is not { } constants) continue;
            yield return Comparison.Of(
                from == to ? "independent" : "devices", to, $"gemm layers (Vidur) with {from}'s constants", "operators/vidur", from == to ? HeldOut.Independent : HeldOut.ByDevice,
                target, LayerTables.Vidur(tables, catalogue.Find(to)), constants, options);
        }

        if (Constants(catalogue, "a100-80gb-sxm", OperatorClasses.Gemm, NumberFormat.Bf16) is { } ampere)
        {
            var layers = CsvTable.Read(Path.Combine(dataFolder, "operators", "llmservingsim_v0", "A6000", "Llama-3.1-8B", "tp1", "layers.csv.gz"));
            yield return Comparison.Of(
                "devices", "a6000", "gemm layers with a100-80gb-sxm's constants", "operators/llmservingsim_v0/A6000", HeldOut.ByDevice, 0.14,
                LayerTables.ServingV0(layers, ProfiledModel.Llama8B, catalogue.Find("a6000")), ampere, options);
        }

        foreach (var row in Independent(dataFolder, catalogue, options)) yield return row;
    }

    private static IEnumerable<ValidationRow> Independent(string dataFolder, HardwareCatalogue catalogue, ValidationOptions options)
    {
        // These sets are small: all of each is taken.
        options = options with { Sample = 1 };
        if (Constants(catalogue, "h100-80gb-sxm", OperatorClasses.DecodeAttention, NumberFormat.Bf16) is not { } decode) yield break;
        foreach (var (device, folder, target) in new[]
        {
            ("h100-80gb-sxm", "blis_h100/mha/decode/h100", 0.10), ("h800", "infersim/mha/decode/h800", 0.15), ("h20", "infersim/mha/decode/h20", (double?)0.15),
        })
        {
            var files = Directory.GetFiles(Path.Combine(dataFolder, "operators", folder.Replace('/', Path.DirectorySeparatorChar)), "*.csv").Order(StringComparer.Ordinal);
            yield return Comparison.Of(
                "independent", device, "decode-attention bf16 with h100-80gb-sxm's constants", "operators/" + folder, HeldOut.Independent, target,
                LayerTables.MultiHeadDecode([.. files], catalogue.Find(device)), decode, options);
        }

        if (Constants(catalogue, "rtx-pro-6000", OperatorClasses.DecodeAttention, NumberFormat.Bf16) is { } graphics)
        {
            // The same attention, profiled inside an engine by others, with keys and values that no benchmark had left in the cache.
            var profiles = new[] { ("Llama-3.1-8B/tp1", ProfiledModel.Llama8B), ("Qwen3-32B/tp1", ProfiledModel.Qwen32B) }.Select(p => (
                CsvTable.Read(Path.Combine(dataFolder, "operators", "llmservingsim", "RTXPRO6000", p.Item1.Replace('/', Path.DirectorySeparatorChar), "attention.csv.gz")), p.Item2));
            yield return Comparison.Of(
                "independent", "rtx-pro-6000", "decode-attention bf16 (LLMServingSim) with rtx-pro-6000's constants", "operators/llmservingsim/RTXPRO6000", HeldOut.Independent, 0.10,
                ServingTables.Attention([.. profiles], catalogue.Find("rtx-pro-6000"), ServingTables.Part.Decode), graphics, options);
        }

        if (Constants(catalogue, "rtx-pro-6000", OperatorClasses.Experts, NumberFormat.Bf16) is { } experts)
        {
            const string Profile = "operators/llmservingsim/RTXPRO6000/Qwen3-30B-A3B-Instruct-2507/tp1/moe.csv";
            yield return Comparison.Of(
                "independent", "rtx-pro-6000", "experts bf16 (LLMServingSim) with rtx-pro-6000's constants", Profile, HeldOut.Independent, 0.19,
                MixtureProblem.Profile(CsvTable.Read(Path.Combine(dataFolder, Profile.Replace('/', Path.DirectorySeparatorChar))), catalogue.Find("rtx-pro-6000")), experts, options);
        }

        if (Constants(catalogue, "h100-80gb-sxm", OperatorClasses.Gemm, NumberFormat.Fp8) is not { } gemm) yield break;
        var table = CsvTable.Read(Path.Combine(dataFolder, "operators", "blis_h100", "gemm", "h100", "data.csv"), "m", "k", "n", "latency_us");
        yield return Comparison.Of(
            "independent", "h100-80gb-sxm", "gemm fp8 with vLLM's constants", "operators/blis_h100/gemm", HeldOut.Independent, null,
            LayerTables.Products(table, catalogue.Find("h100-80gb-sxm")), gemm, options);
    }

    private static double[]? Constants(HardwareCatalogue catalogue, string device, OperatorClass kind, NumberFormat format) =>
        Comparison.ConstantsOf(catalogue.Find(device), kind, c => c.Format == format)?.Values;
}
