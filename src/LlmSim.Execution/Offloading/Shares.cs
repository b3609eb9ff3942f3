namespace LlmSim.Execution.Offloading;

/// <summary>How something is divided between the device's memory, the host's and flash.</summary>
/// <param name="Device">Share on the device, 0 to 1.</param>
/// <param name="Host">Share in host memory, 0 to 1.</param>
/// <param name="Flash">Share on flash, 0 to 1; the three add up to 1.</param>
public readonly record struct Shares(double Device, double Host, double Flash)
{
    /// <summary>All of it on the device.</summary>
    public static Shares OnDevice { get; } = new(1, 0, 0);

    /// <summary>All of it in host memory.</summary>
    public static Shares OnHost { get; } = new(0, 1, 0);

    /// <summary>All of it on flash.</summary>
    public static Shares OnFlash { get; } = new(0, 0, 1);

    /// <summary>What is not on the device.</summary>
    public double Away => Host + Flash;

    /// <summary>What is wrong with these shares; null when nothing is.</summary>
    /// <param name="what">What they divide, for the sentence.</param>
    public string? Problem(string what)
    {
        if (!(Device is >= 0 and <= 1 && Host is >= 0 and <= 1 && Flash is >= 0 and <= 1))
            return $"{what}: shares {Device}, {Host} and {Flash} of device, host and flash must each lie between 0 and 1";
        var sum = Device + Host + Flash;
        return Math.Abs(sum - 1) > 1e-9 ? $"{what}: shares {Device}, {Host} and {Flash} of device, host and flash add up to {100 * sum:0.##} %, not 100 %" : null;
    }
}
