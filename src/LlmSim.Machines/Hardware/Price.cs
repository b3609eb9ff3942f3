namespace LlmSim.Machines.Hardware;

/// <summary>What one device costs per hour.</summary>
/// <param name="UsdPerHour">Price, in US dollars per device and hour, above 0.</param>
/// <param name="Source">Who asked it and when.</param>
public sealed record Price(double UsdPerHour, string Source);
