using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>Each replica in turn.</summary>
internal sealed class RoundRobinRouter : IRouter
{
    private long _next;

    public static RouterDescription Description { get; } = new()
    {
        Name = "round-robin",
        Summary = "Each replica in turn, whatever its load.",
        Create = _ => new RoundRobinRouter(),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates) => candidates[(int)(_next++ % candidates.Count)];
}
