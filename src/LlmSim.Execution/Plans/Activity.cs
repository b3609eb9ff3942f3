using LlmSim.Kernel.Units;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Plans;

/// <summary>An operator, a copy or a collective in its place on the machine.</summary>
public sealed record Activity
{
    /// <summary>Its name, unique within its section.</summary>
    public required string Name { get; init; }

    /// <summary>Index of the stream that issues it; a stream's activities run one after another in the order of the plan.</summary>
    public required int Stream { get; init; }

    /// <summary>Index of the unit that executes it; a unit executes one activity at a time, in the order in which they became ready.</summary>
    public required int Unit { get; init; }

    /// <summary>What it takes alone, in picoseconds.</summary>
    public required long Picoseconds { get; init; }

    /// <summary>Shares of memories and links that it occupies at full speed.</summary>
    public Demand[] Demands { get; init; } = [];

    /// <summary>Indexes of activities in the same section that must have ended before.</summary>
    public int[] After { get; init; } = [];

    /// <summary>Activities of earlier sections that must have ended before.</summary>
    public Earlier[] AfterEarlier { get; init; } = [];

    /// <summary>What its own duration follows.</summary>
    public Bound Bound { get; init; }
}
