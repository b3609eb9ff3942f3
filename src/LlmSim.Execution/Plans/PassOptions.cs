using LlmSim.Execution.Placement;

namespace LlmSim.Execution.Plans;

/// <summary>How the activities of a pass are issued.</summary>
public enum StreamUse
{
    /// <summary>One after another, as engines issue kernels.</summary>
    One,

    /// <summary>One stream a unit, so that matrix work, vector work, other units and links overlap as far as the data flow allows.</summary>
    PerUnit,
}

/// <summary>Choices in placing a pass on a machine.</summary>
public sealed record PassOptions
{
    /// <summary>One stream, everything on the device, no launch overhead.</summary>
    public static PassOptions Default { get; } = new();

    /// <summary>How activities are issued.</summary>
    public StreamUse Streams { get; init; } = StreamUse.One;

    /// <summary>Where operators run.</summary>
    public IPlacementPolicy Placement { get; init; } = PlacementPolicies.Device;

    /// <summary>Time to launch one kernel from the host, added to each; 0 for captured graphs and for time models that contain it. At least 0.</summary>
    public double LaunchSeconds { get; init; }
}
