using LlmSim.Kernel.Chance;
using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>Any replica, each equally likely.</summary>
internal sealed class RandomRouter(RandomStream chance) : IRouter
{
    public static RouterDescription Description { get; } = new()
    {
        Name = "random",
        Summary = "Any replica, each equally likely.",
        Create = chance => new RandomRouter(chance),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates) => candidates[chance.NextInt(candidates.Count)];
}
