using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>Matrix products of one device, format and kernel library, from an AIConfigurator table.</summary>
public static class GemmProblem
{
    // Tables below these sizes measure launches only; engines have no such layers.
    private const int SmallestWidth = 512;

    /// <summary>Builds the problem.</summary>
    /// <param name="table">Columns gemm_dtype, m, n, k, latency_ms.</param>
    /// <param name="dtype">Rows of the table to take: "bfloat16", "fp8", "nvfp4".</param>
    /// <param name="device">The device measured.</param>
    /// <param name="splits">Whether the kernels split long reductions.</param>
    /// <param name="oneTile">Whether the kernels know one tile shape only.</param>
    /// <param name="smallestRows">Rows with fewer m are dropped (fallback kernels).</param>
    public static FitProblem From(CsvTable table, string dtype, Device device, bool splits, int smallestRows = 1, bool oneTile = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(device);
        var (format, bytes) = Format(dtype);
        var shapes = new List<GemmShape>();
        var measured = new List<double>();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Text(row, "gemm_dtype") != dtype) continue;
            double m = table.Number(row, "m"), n = table.Number(row, "n"), k = table.Number(row, "k");
            if (m < smallestRows || n < SmallestWidth || k < SmallestWidth) continue;
            shapes.Add(new GemmShape(m, n, k, bytes, bytes));
            measured.Add(table.Number(row, "latency_ms") * 1e-3);
        }

        var gemmDevice = GemmDevices.Of(device, format);
        var cache = device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0;
        var warm = shapes.Select(s => Warm(s, cache)).ToArray();
        var all = shapes.ToArray();
        var start = GemmTime.Specs.Select(s => s.Start).ToArray();
        start[8] = splits ? 8 : 1;
        // CUTLASS's kernels for 8 bits do not split; they have tiles for few rows. Activations are quantised by a kernel of its own.
        var cutlass = !splits && bytes == 1;
        start[9] = oneTile ? 1 : !cutlass ? 4 : device.Architecture == "ada" ? GemmTime.ChosenByTable : 7;
        var quantizes = bytes <= 1;
        if (quantizes) start[10] = 4e-6;
        // Fitted on the A100 alone, what ends a tile would describe the other Amperes worse: A40 10.4 instead of 9.4 % off, A6000 14.1 instead of 13.4.
        var ends = !device.Architecture.StartsWith("ampere", StringComparison.Ordinal);
        (start[11], start[12]) = (ends ? 2 : 100, 0.05);
        return new FitProblem
        {
            Constants = GemmTime.Specs,
            Free = [true, true, true, true, true, true, quantizes, !splits, false, false, quantizes, ends, true],
            Start = start,
            Measured = [.. measured],
            Groups = [.. all.Select(s => (int)s.N * 7919 + (int)s.K)],
            Sizes = [FitProblem.Size("m", all.Select(s => s.M)), FitProblem.Size("n", all.Select(s => s.N)), FitProblem.Size("k", all.Select(s => s.K))],
            Predict = (i, c) => GemmTime.Seconds(all[i], gemmDevice, GemmConstants.From(c), warm[i], out _, out _),
        };
    }

    /// <summary>
    /// Share of the weights that the benchmark found in the L2 cache: it rotates about six copies of them, so weights below a sixth of the cache stay.
    /// </summary>
    private static double Warm(in GemmShape shape, double cacheBytes)
    {
        if (cacheBytes <= 0) return 0;
        var ratio = 6 * shape.WeightBytes * shape.N * shape.K / cacheBytes;
        var cube = ratio * ratio * ratio;
        return 1 / (1 + cube * cube);
    }

    private static (NumberFormat Format, double Bytes) Format(string dtype) => dtype switch
    {
        "bfloat16" => (NumberFormat.Bf16, 2),
        "fp8" or "fp8_block" => (NumberFormat.Fp8, 1),
        // Blocks of 16 share an 8-bit scale.
        "nvfp4" => (NumberFormat.Fp4, 0.5 + 1.0 / 16),
        _ => throw new ArgumentException($"no such format: {dtype}", nameof(dtype)),
    };
}
