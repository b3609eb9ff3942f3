namespace LlmSim.Kernel.Units;

/// <summary>How much of a shared resource (a memory, a link) a job occupies while it runs at full speed.</summary>
/// <param name="Resource">Index of the resource, from 0.</param>
/// <param name="Share">Fraction of the resource's bandwidth, above 0, at most 1.</param>
public readonly record struct Demand(int Resource, double Share);
