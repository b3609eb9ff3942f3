namespace LlmSim.Execution.Plans;

/// <summary>What a plan's activities run on or pass through.</summary>
public enum PlanResourceKind
{
    /// <summary>A memory, whose bandwidth the activities in flight share.</summary>
    Memory,

    /// <summary>A link, shared likewise.</summary>
    Link,
}

/// <summary>A memory or a link whose bandwidth is shared.</summary>
/// <param name="Name">Its name in results: "hbm", "pcie to device".</param>
/// <param name="Kind">What it is.</param>
/// <param name="BytesPerSecond">Its bandwidth.</param>
public readonly record struct PlanResource(string Name, PlanResourceKind Kind, double BytesPerSecond);

/// <summary>A place where bytes lie.</summary>
/// <param name="Name">Its name in results: "hbm", "host", "flash".</param>
/// <param name="CapacityBytes">Its capacity; infinity where that does not matter.</param>
public readonly record struct MemoryTier(string Name, double CapacityBytes);

/// <summary>
/// A dependency on an activity of an earlier section of the pass: the first one with this name in the section that stands
/// <see cref="Distance"/> places before. Met where there is no such section or it has no such activity.
/// </summary>
/// <param name="Distance">1 for the section just before.</param>
/// <param name="Activity">Name of the activity.</param>
public readonly record struct Earlier(int Distance, string Activity);

/// <summary>Memory that a section occupies for a while.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Tier">Index of the tier.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="From">Index of the activity with whose start it is allocated.</param>
/// <param name="Until">Indexes of the activities of this section that use it; it is freed when the last of them has ended.</param>
public readonly record struct PlanBuffer(string Name, int Tier, double Bytes, int From, IReadOnlyList<int> Until);

/// <summary>Memory that is occupied during the whole pass: weights, KV cache, pinned staging buffers.</summary>
/// <param name="Name">What it holds.</param>
/// <param name="Tier">Index of the tier.</param>
/// <param name="Bytes">Its size.</param>
public readonly record struct ResidentBuffer(string Name, int Tier, double Bytes);
