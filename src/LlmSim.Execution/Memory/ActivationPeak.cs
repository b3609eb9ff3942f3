namespace LlmSim.Execution.Memory;

/// <summary>The moment of a pass at which live activations occupy the most memory.</summary>
/// <param name="Bytes">Bytes alive then.</param>
/// <param name="Group">Name of the layer group that was running.</param>
/// <param name="Operator">Name of the operator that was running.</param>
/// <param name="Alive">What was alive, largest first.</param>
public sealed record ActivationPeak(double Bytes, string Group, string Operator, IReadOnlyList<LiveValue> Alive)
{
    /// <summary>The peak of a pass without activations.</summary>
    public static ActivationPeak None { get; } = new(0, "", "", []);
}

/// <summary>One activation and its size.</summary>
/// <param name="Name">Name of the value.</param>
/// <param name="Bytes">Its size.</param>
public readonly record struct LiveValue(string Name, double Bytes);
