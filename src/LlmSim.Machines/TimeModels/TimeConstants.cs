using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.TimeModels;

/// <summary>Where a set of constants comes from.</summary>
public enum ConstantSource
{
    /// <summary>Regression on measurements of this device.</summary>
    Fitted,

    /// <summary>A vendor's sheet.</summary>
    Datasheet,

    /// <summary>Measured directly.</summary>
    Measured,

    /// <summary>The median of other devices' fitted constants; nothing was measured on this one.</summary>
    Borrowed,
}

/// <summary>Constants of one operator class on one device, and how far they can be trusted.</summary>
public sealed record TimeConstants
{
    /// <summary>Name of the operator class, as <see cref="Fitted.OperatorClasses"/> lists them: "gemm", "decode-attention".</summary>
    public required string Class { get; init; }

    /// <summary>The format that tells fits of one class apart: of the arithmetic for matrix products, of the KV cache for attention; null where there is one only.</summary>
    public NumberFormat? Format { get; init; }

    /// <summary>The kernel library that was measured: "vllm-0.24.0"; empty when it does not matter.</summary>
    public string Kernels { get; init; } = "";

    /// <summary>Where the values come from.</summary>
    public required ConstantSource Source { get; init; }

    /// <summary>The data they were fitted on, or the devices they were borrowed from.</summary>
    public required string FittedOn { get; init; }

    /// <summary>Measurements used.</summary>
    public int Points { get; init; }

    /// <summary>Mean absolute relative error on points left out of the fit, as a fraction; for borrowed values, on devices left out.</summary>
    public double HeldOutError { get; init; }

    /// <summary>Values by name; the class says which there are, their units and bounds.</summary>
    public required IReadOnlyDictionary<string, double> Values { get; init; }

    /// <summary>Smallest and largest sizes that were measured, in the order the class names them; outside, a result warns.</summary>
    public IReadOnlyList<MeasuredSize> Measured { get; init; } = [];

    /// <summary>Class and format for people: "gemm bf16".</summary>
    public string Label => Format is { } format ? Class + " " + format.Name() : Class;
}

/// <summary>One size of an operator and where it was measured.</summary>
/// <param name="Name">"m", "sequences", "bytes".</param>
/// <param name="Range">Smallest and largest value.</param>
public readonly record struct MeasuredSize(string Name, ValueRange Range);

/// <summary>A closed interval.</summary>
/// <param name="Low">Smallest value.</param>
/// <param name="High">Largest value.</param>
public readonly record struct ValueRange(double Low, double High)
{
    /// <summary>Whether a value lies inside.</summary>
    public bool Contains(double value) => value >= Low && value <= High;

    /// <summary>Whatever the value.</summary>
    public static ValueRange Any { get; } = new(double.NegativeInfinity, double.PositiveInfinity);
}
