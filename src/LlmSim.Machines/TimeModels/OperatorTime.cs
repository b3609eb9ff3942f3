namespace LlmSim.Machines.TimeModels;

/// <summary>Time of one operator and what it is made of.</summary>
/// <param name="Seconds">Duration.</param>
/// <param name="ComputeSeconds">What the compute units alone would need.</param>
/// <param name="MemorySeconds">What the memory alone would need.</param>
/// <param name="Bound">What the duration follows.</param>
public readonly record struct OperatorTime(double Seconds, double ComputeSeconds, double MemorySeconds, Bound Bound);
