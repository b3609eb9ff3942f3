using LlmSim.Kernel.Chance;

namespace LlmSim.Serving.Routers;

/// <summary>A router as people see it.</summary>
public sealed record RouterDescription
{
    /// <summary>The name in settings.</summary>
    public required string Name { get; init; }

    /// <summary>What it does, in a sentence.</summary>
    public required string Summary { get; init; }

    internal Func<RandomStream, IRouter> Create { get; init; } = null!;
}
