namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>One constant of an operator class: what it means, its unit, and the bounds outside which it would have no physical sense.</summary>
/// <param name="Name">Name in hardware files.</param>
/// <param name="Unit">Unit: "1" for ratios, "s", "B/s".</param>
/// <param name="Low">Smallest value, above 0.</param>
/// <param name="High">Largest value.</param>
/// <param name="Start">Where a fit begins; the middle of what other devices show.</param>
/// <param name="Meaning">One sentence.</param>
public sealed record ConstantSpec(string Name, string Unit, double Low, double High, double Start, string Meaning);
