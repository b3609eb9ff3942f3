namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Sizes and element widths of one matrix product C[M, N] = A[M, K] · B[K, N], B being weights.</summary>
/// <param name="M">Rows.</param>
/// <param name="N">Outputs.</param>
/// <param name="K">Reduction length.</param>
/// <param name="ActivationBytes">Bytes of one element of A as the matrix units read it.</param>
/// <param name="WeightBytes">Bytes of one weight, group scales included.</param>
public readonly record struct GemmShape(double M, double N, double K, double ActivationBytes, double WeightBytes);

/// <summary>What a device brings to a matrix product.</summary>
/// <param name="FlopsPerSecond">Peak of the matrix units in the product's format.</param>
/// <param name="BytesPerSecond">Bandwidth of the main memory.</param>
/// <param name="Multiprocessors">Thread blocks that run at once.</param>
/// <param name="WholeWaves">Whether blocks run in whole waves (Ampere, Ada, graphics Blackwell), or are spread over persistent ones (Hopper, Blackwell).</param>
public readonly record struct GemmDevice(double FlopsPerSecond, double BytesPerSecond, double Multiprocessors, bool WholeWaves);

/// <summary>Fitted constants of matrix products; see <see cref="GemmTime.Specs"/>.</summary>
public readonly record struct GemmConstants(
    double ComputeEfficiency, double MemoryEfficiency, double TileSeconds, double StartSeconds, double SmallTilePenalty, double CacheSpeed,
    double QuantizeEfficiency, double ReductionSeconds, int MaxSplits, int Tiles, double QuantizeSeconds, double ResultSpeed, double PowerPenalty)
{
    /// <summary>Constants in the order of <see cref="GemmTime.Specs"/>.</summary>
    public static GemmConstants From(ReadOnlySpan<double> values) =>
        new(values[0], values[1], values[2], values[3], values[4], values[5], values[6], values[7], values[8] >= 2 ? 8 : 1,
            values[9] < 2 ? 1 : values[9] < 6 ? 4 : values[9] < 8 ? 7 : GemmTime.ChosenByTable, values[10], values[11], values[12]);
}

/// <summary>
/// Time of a matrix product: the work is cut into tiles, tiles run in waves over the multiprocessors, a long reduction may be split to fill them,
/// and memory traffic overlaps all that. The library picks the best of a few tile shapes and splits, and so does this model.
/// </summary>
/// <remarks>
/// Structure and first constants: measured GEMM tables of nine devices (AIConfigurator). Approximations: one output format of two bytes; all
/// operands come from main memory (<c>warm</c> is for fitting only, since those tables were measured with warm caches).
/// </remarks>
public static class GemmTime
{
    /// <summary>The constants, in the order of <see cref="GemmConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("computeEfficiency", "1", 0.2, 1.1, 0.8, "share of the peak that the inner loop of a large tile reaches"),
        new("memoryEfficiency", "1", 0.3, 1, 0.85, "share of the bandwidth that streaming weights reaches"),
        new("tileSeconds", "s", 1e-8, 1e-5, 2e-6, "prologue of one tile, and what of its end does not depend on its size"),
        new("startSeconds", "s", 1e-8, 3e-5, 2.5e-6, "launch and first bytes"),
        new("smallTilePenalty", "1", 1e-3, 4, 0.4, "how much more operand traffic slows small tiles"),
        new("cacheSpeed", "1", 0.3, 10, 1, "bandwidth of the L2 cache over that of memory"),
        new("quantizeEfficiency", "1", 0.05, 4, 0.4, "share of the bandwidth that quantising activations reaches; unused above 8 bits"),
        new("reductionSeconds", "s", 1e-13, 5e-9, 5e-10, "least time of one reduction step of a tile; unused by kernels that split"),
        new("splits", "1", 1, 8, 8, "most parts that the reduction is split into: 8, or 1 for kernels that never split"),
        new("tiles", "1", 1, 9, 4, "tile shapes that the library chooses from: 4, 7 with shapes for few rows, 1 for kernels built for 128 x 128 only; 9 chosen by vLLM's table for Ada"),
        new("quantizeSeconds", "s", 1e-9, 3e-5, 1e-9, "launch of the kernel that quantises activations, which nothing overlaps; unused above 8 bits"),
        new("resultSpeed", "1", 0.05, 100, 100, "bandwidth at which a wave of tiles writes its results while nothing else runs, over that of memory"),
        new("powerPenalty", "1", 1e-3, 1, 1e-3, "how much longer a product takes whose matrix units never rest: the clock falls at the power limit"),
    ];

    /// <summary>The number of tile shapes that stands for <see cref="AdaTiles"/>.</summary>
    public const int ChosenByTable = 9;

    // The first four are those of kernels of 16 bits, all of them CUTLASS's for 8 bits.
    private static readonly (double M, double N)[] s_tiles = [(64, 64), (64, 128), (128, 128), (128, 256), (16, 64), (32, 64), (256, 128)];
    private static readonly (double M, double N)[] s_oneTile = [(128, 128)];

    /// <summary>Seconds of one product.</summary>
    /// <param name="shape">Sizes.</param>
    /// <param name="device">The device.</param>
    /// <param name="c">Its constants.</param>
    /// <param name="warm">Share of the operands found in the L2 cache, 0 to 1; 0 in simulations.</param>
    /// <param name="computeSeconds">What the matrix units alone would need, tiles and waves included.</param>
    /// <param name="memorySeconds">What memory alone would need.</param>
    public static double Seconds(
        in GemmShape shape, in GemmDevice device, in GemmConstants c, double warm, out double computeSeconds, out double memorySeconds)
    {
        double m = shape.M, n = shape.N, k = shape.K, bandwidth = device.BytesPerSecond;
        var bytes = shape.ActivationBytes * m * k + shape.WeightBytes * n * k + 2 * m * n;
        var memory = bytes * ((1 - warm) / c.MemoryEfficiency + warm / c.CacheSpeed) / bandwidth + c.StartSeconds;
        var best = double.PositiveInfinity;
        computeSeconds = 0;
        var perFlop = device.Multiprocessors / (device.FlopsPerSecond * c.ComputeEfficiency);
        var chosen = c.Tiles == ChosenByTable ? AdaTiles.For(m, n) : default;
        var shapes = c.Tiles switch
        {
            1 => s_oneTile.AsSpan(),
            ChosenByTable => new ReadOnlySpan<(double M, double N)>(in chosen),
            _ => s_tiles.AsSpan(0, c.Tiles),
        };
        foreach (var (tm, tn) in shapes)
        {
            var tiles = Math.Ceiling(m / tm) * Math.Ceiling(n / tn);
            // Tiles that end together share the way to memory. Where a library splits, its parts fill the device anyway.
            var ending = c.MaxSplits == 1 ? Math.Min(tiles, device.Multiprocessors) : device.Multiprocessors;
            var tileSeconds = c.TileSeconds + 2 * tm * tn * ending / (bandwidth * c.ResultSpeed);
            var penalty = (1 + 64 * c.SmallTilePenalty * (1 / tm + 1 / tn)) / (1 + 0.75 * c.SmallTilePenalty);
            for (var splits = 1; splits <= c.MaxSplits; splits *= 2)
            {
                var waves = tiles * splits / device.Multiprocessors;
                waves = device.WholeWaves ? Math.Ceiling(waves) : Math.Max(1, waves);
                var part = k / splits;
                var inner = 2 * tm * tn * part * perFlop * penalty;
                // Only kernels that never split are bounded by the latency of a reduction step.
                if (c.MaxSplits == 1) inner = Math.Max(inner, c.ReductionSeconds * part);
                var compute = waves * (inner + tileSeconds);
                // Kernels that never split also overlap worse.
                var time = c.MaxSplits == 1 ? Norms.Three(compute, memory) : Norms.Four(compute, memory);
                if (splits > 1) time += 8 * splits * m * n / (bandwidth * c.CacheSpeed) + c.TileSeconds;
                if (time >= best) continue;
                best = time;
                computeSeconds = compute;
            }
        }

        // Power is drawn where matrix units work; only near full use does it meet the limit.
        var use = Math.Min(1, 2 * m * n * k / (device.FlopsPerSecond * c.ComputeEfficiency) / best);
        double use2 = use * use, use4 = use2 * use2;
        best *= 1 + c.PowerPenalty * use4 * use4;

        // Activations arrive in 16 bits (2 read, 1 written per element) and are quantised first.
        if (shape.ActivationBytes <= 1) best += 3 * m * k / (bandwidth * c.QuantizeEfficiency) + c.QuantizeSeconds;
        memorySeconds = memory;
        return best;
    }
}
