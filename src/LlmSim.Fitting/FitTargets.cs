using LlmSim.Fitting.Classes;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting;

/// <summary>
/// Everything that is fitted: which device, on which measured table. To add a fit: one line here. Of several fits of one class and format, the first
/// is what a device uses unless another kernel library is asked for.
/// </summary>
public static class FitTargets
{
    private const string Tables = "operators/aiconfigurator/";
    private const string Serving = "operators/llmservingsim/";

    /// <summary>All of them, in the order they are fitted and written.</summary>
    public static IReadOnlyList<FitTarget> All { get; } =
    [
        .. Gpu("a100-80gb-sxm", "a100_sxm", "vllm-0.14.0", gemm: 0.07, prefill: 0.09, decode: 0.09),
        Experts("a100-80gb-sxm", "a100_sxm", "vllm-0.14.0", "bfloat16", 0.19),
        AllReduce("a100-80gb-sxm", "a100_sxm/vllm-0.14.0", "vLLM_custom_graph", 0.10),

        .. Gpu("h100-80gb-sxm", "h100_sxm", "vllm-0.24.0", gemm: 0.055, prefill: 0.09, decode: 0.09),
        Gemm("h100-80gb-sxm", "h100_sxm", "vllm-0.24.0", "fp8", false, 0.11),
        Gemm("h100-80gb-sxm", "h100_sxm", "trtllm-1.3.0rc20", "bfloat16", true, 0.055),
        Gemm("h100-80gb-sxm", "h100_sxm", "trtllm-1.3.0rc20", "fp8", true, 0.05),
        Decode("h100-80gb-sxm", "h100_sxm", "vllm-0.24.0", "fp8", null),
        Prefill("h100-80gb-sxm", "h100_sxm", "vllm-0.24.0", "fp8", null),
        Decode("h100-80gb-sxm", "h100_sxm", "trtllm-1.3.0rc20", "bfloat16", null, largestGroup: 32),
        Decode("h100-80gb-sxm", "h100_sxm", "trtllm-1.3.0rc20", "fp8", null, largestGroup: 32),
        Prefill("h100-80gb-sxm", "h100_sxm", "trtllm-1.3.0rc20", "bfloat16", null),
        Prefill("h100-80gb-sxm", "h100_sxm", "trtllm-1.3.0rc20", "fp8", null),
        Experts("h100-80gb-sxm", "h100_sxm", "vllm-0.24.0", "bfloat16", 0.13),
        Experts("h100-80gb-sxm", "h100_sxm", "vllm-0.24.0", "fp8_block", null),
        AllReduce("h100-80gb-sxm", "h100_sxm/vllm-0.24.0", "vLLM_custom_graph", 0.10),

        .. Gpu("h200", "h200_sxm", "vllm-0.24.0", gemm: 0.055, prefill: 0.09, decode: 0.09),
        Gemm("h200", "h200_sxm", "vllm-0.24.0", "fp8", false, 0.11),
        Gemm("h200", "h200_sxm", "trtllm-1.3.0rc20", "fp8", true, 0.05),
        Decode("h200", "h200_sxm", "vllm-0.24.0", "fp8", null),
        Prefill("h200", "h200_sxm", "vllm-0.24.0", "fp8", null),
        Experts("h200", "h200_sxm", "vllm-0.24.0", "bfloat16", 0.13),
        Experts("h200", "h200_sxm", "vllm-0.24.0", "fp8_block", null),
        AllReduce("h200", "h200_sxm/vllm-0.24.0", "vLLM_custom_graph", 0.10),

        .. Gpu("b200", "b200_sxm", "vllm-0.24.0", gemm: 0.085, prefill: 0.12, decode: 0.09),
        Gemm("b200", "b200_sxm", "vllm-0.24.0", "fp8", false, 0.13, smallestRows: 2),
        Gemm("b200", "b200_sxm", "vllm-0.24.0", "nvfp4", false, 0.11),
        Gemm("b200", "b200_sxm", "trtllm-1.3.0rc20", "fp8", true, 0.085),
        Gemm("b200", "b200_sxm", "trtllm-1.3.0rc20", "nvfp4", false, 0.11),
        Decode("b200", "b200_sxm", "vllm-0.24.0", "fp8", null),
        Prefill("b200", "b200_sxm", "vllm-0.24.0", "fp8", null),
        Experts("b200", "b200_sxm", "vllm-0.24.0", "bfloat16", 0.19),
        Experts("b200", "b200_sxm", "vllm-0.24.0", "fp8", null),
        Experts("b200", "b200_sxm", "vllm-0.24.0", "nvfp4", null),
        AllReduce("b200", "b200_sxm/vllm-0.24.0", "vLLM_custom_graph", 0.13),

        .. Gpu("b300", "b300_sxm", "vllm-0.24.0", gemm: 0.085, prefill: 0.09, decode: 0.09),
        Gemm("b300", "b300_sxm", "vllm-0.24.0", "fp8", false, 0.11, smallestRows: 2),
        Gemm("b300", "b300_sxm", "vllm-0.24.0", "nvfp4", false, 0.11),
        Decode("b300", "b300_sxm", "vllm-0.24.0", "fp8", null),

        .. Gpu("l40s", "l40s", "vllm-0.24.0", gemm: 0.11, prefill: 0.12, decode: 0.09),
        Gemm("l40s", "l40s", "vllm-0.24.0", "fp8", false, 0.11),
        Decode("l40s", "l40s", "vllm-0.24.0", "fp8", null),
        Experts("l40s", "l40s", "vllm-0.24.0", "bfloat16", 0.19),
        AllReduce("l40s", "l40s/vllm-0.22.0", "vLLM_custom_graph", 0.10),

        .. Gpu("rtx-pro-6000", "rtx_pro_6000_server", "vllm-0.24.0", gemm: 0.07, prefill: 0.09, decode: 0.09),
        Gemm("rtx-pro-6000", "rtx_pro_6000_server", "vllm-0.24.0", "fp8", false, 0.11),
        Gemm("rtx-pro-6000", "rtx_pro_6000_server", "vllm-0.24.0", "nvfp4", false, 0.11, oneTile: true),
        Decode("rtx-pro-6000", "rtx_pro_6000_server", "vllm-0.24.0", "fp8", null),
        Experts("rtx-pro-6000", "rtx_pro_6000_server", "vllm-0.24.0", "bfloat16", 0.19),
        AllReduce("rtx-pro-6000", "rtx_pro_6000_server/vllm-0.24.0", "vLLM_custom_graph", 0.10),
        .. Profiles("rtx-pro-6000", OperatorClasses.MixedAttention, OperatorClasses.UnevenDecodes, OperatorClasses.Elementwise),

        .. Profiles(
            "rtx-4090", OperatorClasses.Gemm, OperatorClasses.PrefillAttention, OperatorClasses.DecodeAttention, OperatorClasses.MixedAttention,
            OperatorClasses.UnevenDecodes,
            OperatorClasses.Elementwise),
    ];

    private static FitTarget[] Gpu(string device, string folder, string kernels, double gemm, double prefill, double decode) =>
    [
        Gemm(device, folder, kernels, "bfloat16", true, gemm),
        Prefill(device, folder, kernels, "bfloat16", prefill),
        Decode(device, folder, kernels, "bfloat16", decode),
    ];

    private static FitTarget Gemm(string device, string folder, string kernels, string dtype, bool splits, double? target, int smallestRows = 1, bool oneTile = false)
    {
        var file = $"{Tables}{folder}/{kernels}/gemm.csv";
        var format = dtype switch { "bfloat16" => NumberFormat.Bf16, "nvfp4" => NumberFormat.Fp4, _ => NumberFormat.Fp8 };
        return new FitTarget(
            device, OperatorClasses.Gemm, format, kernels, $"{file}, {dtype}, n and k from 512", target,
            (data, d) => GemmProblem.From(Open(data, file), dtype, d, splits, smallestRows, oneTile));
    }

    private static FitTarget Prefill(string device, string folder, string kernels, string kv, double? target)
    {
        var file = $"{Tables}{folder}/{kernels}/context_attention.csv";
        return new FitTarget(
            device, OperatorClasses.PrefillAttention, Cache(kv), kernels, $"{file}, {kv} cache, prompts from 16", target,
            (data, d) => AttentionProblem.Prefill(Open(data, file), kv, d));
    }

    private static FitTarget Decode(string device, string folder, string kernels, string kv, double? target, int largestGroup = int.MaxValue)
    {
        var file = $"{Tables}{folder}/{kernels}/generation_attention.csv";
        return new FitTarget(
            device, OperatorClasses.DecodeAttention, Cache(kv), kernels, $"{file}, {kv} cache{(largestGroup < int.MaxValue ? $", up to {largestGroup} query heads a KV head" : "")}", target,
            (data, d) => AttentionProblem.Decode(Open(data, file), kv, d, largestGroup));
    }

    private static FitTarget Experts(string device, string folder, string kernels, string dtype, double? target)
    {
        var file = $"{Tables}{folder}/{kernels}/moe.csv";
        var format = dtype switch { "bfloat16" => NumberFormat.Bf16, "nvfp4" => NumberFormat.Fp4, _ => NumberFormat.Fp8 };
        return new FitTarget(
            device, OperatorClasses.Experts, format, kernels, $"{file}, {dtype}", target, (data, d) => MixtureProblem.From(Open(data, file), dtype, d, old: kernels == "vllm-0.14.0"));
    }

    private static FitTarget AllReduce(string device, string folder, string kernels, double? target)
    {
        var file = $"{Tables}{folder}/custom_allreduce.csv";
        return new FitTarget(
            device, OperatorClasses.AllReduce, null, folder[(folder.IndexOf('/', StringComparison.Ordinal) + 1)..], $"{file}, {kernels}", target,
            (data, _) => AllReduceProblem.From(Open(data, file), kernels));
    }

    private static IEnumerable<FitTarget> Profiles(string device, params OperatorClass[] classes)
    {
        (string Folder, ProfiledModel Model)[] profiles = device == "rtx-4090"
            ? [("RTX4090/Llama-3.1-8B/tp1", ProfiledModel.Llama8B)]
            :
            [
                ("RTXPRO6000/Llama-3.1-8B/tp1", ProfiledModel.Llama8B), ("RTXPRO6000/Qwen3-32B/tp1", ProfiledModel.Qwen32B),
                ("RTXPRO6000/Llama-3.1-8B/tp2", ProfiledModel.Llama8B with { Ranks = 2 }), ("RTXPRO6000/Qwen3-32B/tp2", ProfiledModel.Qwen32B with { Ranks = 2 }),
            ];
        (CsvTable, ProfiledModel)[] Read(string data, string name) => [.. profiles.Select(p => (Open(data, $"{Serving}{p.Folder}/{name}"), p.Model))];
        foreach (var kind in classes)
        {
            NumberFormat? format = kind == OperatorClasses.MixedAttention || kind == OperatorClasses.UnevenDecodes || kind == OperatorClasses.Elementwise ? null : NumberFormat.Bf16;
            var part = kind == OperatorClasses.PrefillAttention ? ServingTables.Part.Prefill
                : kind == OperatorClasses.DecodeAttention ? ServingTables.Part.Decode : ServingTables.Part.Mixed;
            yield return new FitTarget(
                device, kind, format, "vllm-0.19.0", $"{Serving}{string.Join(", ", profiles.Select(p => p.Folder))}", kind == OperatorClasses.MixedAttention ? 0.13 : null,
                (data, d) => kind == OperatorClasses.Gemm ? ServingTables.Gemm([.. Read(data, "dense.csv"), .. Read(data, "per_sequence.csv")], d)
                    : kind == OperatorClasses.UnevenDecodes ? ServingTables.Uneven(Read(data, "skew.csv"), d)
                    : kind == OperatorClasses.Elementwise ? ServingTables.Elementwise(Read(data, "dense.csv"), d)
                    : ServingTables.Attention(Read(data, "attention.csv"), d, part));
        }
    }

    private static NumberFormat Cache(string kv) => kv == "fp8" ? NumberFormat.Fp8 : NumberFormat.Bf16;

    // Large tables are packed, small ones are not.
    private static CsvTable Open(string data, string file)
    {
        var path = Path.Combine(data, file.Replace('/', Path.DirectorySeparatorChar));
        return CsvTable.Read(File.Exists(path) ? path : path + ".gz");
    }
}
