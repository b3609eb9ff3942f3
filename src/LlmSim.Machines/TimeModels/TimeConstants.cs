namespace LlmSim.Machines.TimeModels;

/// <summary>Where a set of constants comes from.</summary>
public enum ConstantSource
{
    /// <summary>Regression on measurements.</summary>
    Fitted,

    /// <summary>A vendor's sheet.</summary>
    Datasheet,

    /// <summary>Measured directly.</summary>
    Measured,
}

/// <summary>Constants of one operator class on one device, and how far they can be trusted.</summary>
public sealed record TimeConstants
{
    /// <summary>Operator class, and kernels where they differ: "gemm bf16", "gemm fp8 trtllm", "decode attention".</summary>
    public required string Class { get; init; }

    /// <summary>Where the values come from.</summary>
    public required ConstantSource Source { get; init; }

    /// <summary>The data they were fitted on.</summary>
    public required string FittedOn { get; init; }

    /// <summary>Measurements used.</summary>
    public int Points { get; init; }

    /// <summary>Mean absolute relative error on points left out of the fit, as a fraction.</summary>
    public double HeldOutError { get; init; }

    /// <summary>Values by name; the class says which there are, their units and bounds.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>Smallest and largest size that was measured, by name of the size; outside, a result warns.</summary>
    public IReadOnlyDictionary<string, ValueRange> Measured { get; init; } = new Dictionary<string, ValueRange>();
}

/// <summary>A closed interval.</summary>
/// <param name="Low">Smallest value.</param>
/// <param name="High">Largest value.</param>
public readonly record struct ValueRange(double Low, double High)
{
    /// <summary>Whether a value lies inside.</summary>
    public bool Contains(double value) => value >= Low && value <= High;
}
