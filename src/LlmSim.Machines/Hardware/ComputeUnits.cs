namespace LlmSim.Machines.Hardware;

/// <summary>The arithmetic of a device.</summary>
public sealed record ComputeUnits
{
    /// <summary>Streaming multiprocessors, compute units or cores: how many thread blocks run at once; null when the work is not cut that way.</summary>
    public int? Multiprocessors { get; init; }

    /// <summary>Clock under load, in hertz; null when unknown.</summary>
    public double? ClockHertz { get; init; }

    /// <summary>Matrix units (tensor cores, MXUs): dense peaks, accumulating in fp32.</summary>
    public required FormatRates Matrix { get; init; }

    /// <summary>Vector units: what element-wise work, softmax and dequantisation run on. Falls back to the matrix peak where no sheet gives it.</summary>
    public required FormatRates Vector { get; init; }

    /// <summary>Where these figures come from.</summary>
    public required Origin Origin { get; init; }
}
