namespace LlmSim.Charts.Numbers;

/// <summary>A mark on an axis.</summary>
/// <param name="Value">Where.</param>
/// <param name="Label">What is printed; empty for a minor tick.</param>
public readonly record struct Tick(double Value, string Label);
