namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>The routed experts of a layer on one device.</summary>
/// <param name="Experts">Experts held here.</param>
/// <param name="Rows">Rows of all experts: tokens × experts per token that are held here.</param>
/// <param name="Choices">Tokens × experts per token, held here or not: kernels gather and sum over all of them.</param>
/// <param name="Parallel">Whether other devices hold other experts (expert parallel).</param>
/// <param name="Tokens">Tokens, which bound the rows of one expert.</param>
/// <param name="Skew">Popularity of the experts: proportional to rank^−skew, at least 0; 0 is even chance.</param>
/// <param name="Hidden">Width of input and output.</param>
/// <param name="Intermediate">Inner width of one expert.</param>
/// <param name="Matrices">Matrices an expert: 3 gated, 2 not.</param>
/// <param name="WeightBytes">Bytes of one weight, group scales included.</param>
public readonly record struct MixtureShape(
    int Experts, double Rows, double Choices, bool Parallel, double Tokens, double Skew, double Hidden, double Intermediate, double Matrices, double WeightBytes);

/// <summary>What routing makes of a shape, free of constants.</summary>
/// <param name="Distinct">Expected experts with at least one row.</param>
/// <param name="Padded16">Rows padded to blocks of 16 per expert.</param>
/// <param name="Padded32">To blocks of 32.</param>
/// <param name="Padded64">To blocks of 64.</param>
/// <param name="Padded128">To blocks of 128.</param>
public readonly record struct MixtureLoads(double Distinct, double Padded16, double Padded32, double Padded64, double Padded128);

/// <summary>Fitted constants of routed experts; see <see cref="MixtureTime.Specs"/>.</summary>
public readonly record struct MixtureConstants(
    double ComputeEfficiency, double MemoryEfficiency, double StartSeconds, double ActivationEfficiency, double SmallTilePenalty, double BlockSeconds, double ParallelSeconds,
    double ForeignEfficiency, double CacheSpeed, double CacheShare, bool TwoTiles)
{
    /// <summary>Constants in the order of <see cref="MixtureTime.Specs"/>.</summary>
    public static MixtureConstants From(ReadOnlySpan<double> v) => new(v[0], v[1], v[2], v[3], v[4], v[5], v[6], v[7], v[8], v[9], v[10] < 3);
}

/// <summary>
/// Time of the routed experts as grouped GEMMs: weights of the experts that were chosen, rows padded to blocks, activations between the GEMMs, and a start
/// (routing, sorting, two launches).
/// </summary>
public static class MixtureTime
{
    /// <summary>The constants, in the order of <see cref="MixtureConstants.From"/>.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("computeEfficiency", "1", 0.1, 1, 0.5, "share of the peak that the inner loop reaches"),
        new("memoryEfficiency", "1", 0.3, 1, 0.88, "share of the bandwidth that streaming experts reaches"),
        new("startSeconds", "s", 1e-6, 2e-4, 3e-5, "routing, sorting and launches"),
        new("activationEfficiency", "1", 0.1, 4, 0.6, "share of the bandwidth that activations between the GEMMs reach"),
        new("smallTilePenalty", "1", 1e-3, 8, 1, "how much more operand traffic slows blocks of few rows"),
        new("blockSeconds", "s", 1e-9, 1e-5, 1e-6, "start and end of one block"),
        new("parallelSeconds", "s", 1e-9, 1e-4, 1e-5, "mapping choices to the experts held here; expert parallel only"),
        new("foreignEfficiency", "1", 0.05, 50, 1, "share of the bandwidth at which rows of experts held elsewhere pass; far above 1 where kernels skip them"),
        new("cacheSpeed", "1", 0.3, 30, 3, "bandwidth of the L2 cache over that of memory; fitting only"),
        new("cacheShare", "1", 0.1, 4, 0.9, "bytes of experts over cache size at which the benchmark found half of them cached, inverted; fitting only"),
        new("tiles", "1", 2, 4, 4, "heights of blocks to choose from: 4, or 2 for kernels that take 16 rows while there are no more tokens than experts, and 64 beyond"),
    ];

    /// <summary>Seconds of one pass.</summary>
    /// <param name="shape">The experts and their batch.</param>
    /// <param name="loads">What routing makes of it.</param>
    /// <param name="device">The device.</param>
    /// <param name="c">Its constants.</param>
    /// <param name="warmCacheBytes">Size of an L2 cache that still holds the experts that were chosen; 0 in simulations.</param>
    /// <param name="computeSeconds">What the blocks alone would need.</param>
    /// <param name="memorySeconds">What reading the experts alone would need.</param>
    public static double Seconds(
        in MixtureShape shape, in MixtureLoads loads, in GemmDevice device, in MixtureConstants c, double warmCacheBytes,
        out double computeSeconds, out double memorySeconds)
    {
        var weights = loads.Distinct * shape.Matrices * shape.Hidden * shape.Intermediate * shape.WeightBytes;
        double warm = 0;
        if (warmCacheBytes > 0)
        {
            var ratio = c.CacheShare * weights / warmCacheBytes;
            var cube = ratio * ratio * ratio;
            warm = 1 / (1 + cube * cube);
        }

        memorySeconds = weights * ((1 - warm) / c.MemoryEfficiency + warm / c.CacheSpeed) / device.BytesPerSecond;
        computeSeconds = c.TwoTiles
            ? shape.Tokens <= shape.Experts ? Blocks(shape, loads.Padded16, 16, device, c) : Blocks(shape, loads.Padded64, 64, device, c)
            : Math.Min(
                Math.Min(Blocks(shape, loads.Padded16, 16, device, c), Blocks(shape, loads.Padded32, 32, device, c)),
                Math.Min(Blocks(shape, loads.Padded64, 64, device, c), Blocks(shape, loads.Padded128, 128, device, c)));
        // Rows gathered and scattered (16 bits, read and written), and the results of the first GEMM written, read, activated and read again. Rows whose
        // experts other devices hold are zeroed, activated and summed all the same by some kernels, skipped by others.
        var perRow = (4 * shape.Hidden + 2 * shape.Matrices * shape.Intermediate) / device.BytesPerSecond;
        var activations = perRow * (shape.Rows / c.ActivationEfficiency + Math.Max(0, shape.Choices - shape.Rows) / c.ForeignEfficiency);
        return Norms.Four(computeSeconds, memorySeconds) + activations + c.StartSeconds + (shape.Parallel ? c.ParallelSeconds : 0);
    }

    /// <summary>Expected experts with at least one row, and rows padded to blocks.</summary>
    public static MixtureLoads Loads(in MixtureShape shape)
    {
        double total = 0;
        if (shape.Skew > 0)
            for (var e = 1; e <= shape.Experts; e++) total += Math.Pow(e, -shape.Skew);
        double distinct = 0, p16 = 0, p32 = 0, p64 = 0, p128 = 0;
        var groups = shape.Skew > 0 ? shape.Experts : 1;
        double weight = shape.Skew > 0 ? 1 : shape.Experts;
        for (var e = 1; e <= groups; e++)
        {
            var load = Math.Min(shape.Rows * (shape.Skew > 0 ? Math.Pow(e, -shape.Skew) / total : 1.0 / shape.Experts), shape.Tokens);
            var chosen = 1 - Math.Exp(-load);
            distinct += weight * chosen;
            p16 += weight * Padded(16, load, chosen);
            p32 += weight * Padded(32, load, chosen);
            p64 += weight * Padded(64, load, chosen);
            p128 += weight * Padded(128, load, chosen);
        }

        return new MixtureLoads(distinct, p16, p32, p64, p128);
    }

    // One block for an expert that is chosen at all; half a block of padding once there are many rows.
    private static double Padded(double block, double load, double chosen) => Math.Max(block * chosen, load + block / 2 * chosen);

    private static double Blocks(in MixtureShape shape, double padded, double block, in GemmDevice device, in MixtureConstants c)
    {
        var penalty = (1 + 64 * c.SmallTilePenalty * (1 / block + 1.0 / 128)) / (1 + c.SmallTilePenalty);
        // One block is block rows by 128 columns of either GEMM.
        var blocks = padded / block * ((shape.Matrices - 1) * shape.Intermediate + shape.Hidden) / 128;
        return padded * 2 * shape.Matrices * shape.Hidden * shape.Intermediate * penalty / (device.FlopsPerSecond * c.ComputeEfficiency)
            + Math.Max(1, blocks / device.Multiprocessors) * c.BlockSeconds;
    }
}
