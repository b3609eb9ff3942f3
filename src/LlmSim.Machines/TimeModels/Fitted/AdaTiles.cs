namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>
/// Tile shapes of vLLM's 8-bit products on Ada: chosen by a table of rows and outputs, not by what fits best. A product of 512 rows and 4,096 outputs, for one,
/// runs in tiles of 128 by 128, one of 6,000 outputs in tiles of 256 by 128.
/// </summary>
/// <remarks>From the kernels' published source (vLLM, <c>scaled_mm_c2x_sm89_fp8_dispatch</c>). The jumps it makes are in the measured table.</remarks>
internal static class AdaTiles
{
    /// <summary>The shape for a product of some rows and outputs.</summary>
    public static (double M, double N) For(double rows, double outputs)
    {
        // The source rounds both up to powers of two first; against bounds that are powers of two that changes nothing, and 24,576 acts as 16,384.
        const double Few = 4096, Some = 8192, Many = 16384;
        if (rows <= 16) return outputs <= Some ? (16, 64) : outputs <= Many ? (16, 128) : (32, 64);
        if (rows <= 32) return outputs is > Some and <= Many ? (32, 128) : (32, 64);
        if (rows <= 64) return outputs is > Some and <= Many ? (64, 128) : (64, 64);
        if (rows <= 128) return outputs <= Some ? (64, 128) : outputs <= Many ? (128, 128) : (128, 64);
        if (rows <= 256) return outputs <= Few ? (64, 128) : (128, 128);
        return outputs is > Few and <= Some ? (256, 128) : (128, 128);
    }
}
