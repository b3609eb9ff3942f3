using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>AIConfigurator's gemm_perf: milliseconds by kind of arithmetic, m, n and k.</summary>
internal sealed class AiConfiguratorGemm : ITableFormat
{
    /// <inheritdoc/>
    public string Name => "AIConfigurator GEMM (gemm_dtype, m, n, k, latency)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("gemm_dtype");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int type = file.Need("gemm_dtype"), m = file.Need("m"), n = file.Need("n"), k = file.Need("k"), latency = file.Need("latency_ms", "latency");
        if (file.IsWrong) return;
        while (file.Next())
        {
            if (!file.Size(m, out var rows) | !file.Size(n, out var outputs) | !file.Size(k, out var inputs) | !file.Seconds(latency, 1e-3, out var seconds)) continue;
            if (FormatsOf(file.Text(type)) is { } formats) add(new MeasuredPoint(MeasuredShape.Gemm(formats, rows, outputs, inputs), seconds));
        }
    }

    // Kinds that quantise in blocks, or statically, run in kernels of their own, which nothing here distinguishes: they are left out.
    private static MeasuredFormats? FormatsOf(ReadOnlySpan<char> type) => type switch
    {
        "bfloat16" or "float16" => MeasuredFormats.Bf16,
        "fp8" => MeasuredFormats.Product(NumberFormat.Fp8, NumberFormat.Fp8),
        "nvfp4" => MeasuredFormats.Product(NumberFormat.Fp4, NumberFormat.Fp4),
        "int8_wo" => MeasuredFormats.Product(NumberFormat.Bf16, NumberFormat.Int8),
        "int4_wo" => MeasuredFormats.Product(NumberFormat.Bf16, NumberFormat.Int4),
        _ => null,
    };
}
