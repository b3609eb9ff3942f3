using LlmSim.Kernel.Chance;
using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>Of two replicas drawn at random, the one with fewer unfinished requests (Mitzenmacher, “The power of two choices in randomized load balancing”, 2001).</summary>
internal sealed class PowerOfTwoRouter(RandomStream chance) : IRouter
{
    public static RouterDescription Description { get; } = new()
    {
        Name = "power-of-two",
        Summary = "Of two replicas drawn at random, the one with fewer unfinished requests.",
        Create = chance => new PowerOfTwoRouter(chance),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates)
    {
        if (candidates.Count == 1) return candidates[0];
        var first = chance.NextInt(candidates.Count);
        var second = chance.NextInt(candidates.Count - 1);
        if (second >= first) second++;
        return candidates[second].Outstanding < candidates[first].Outstanding ? candidates[second] : candidates[first];
    }
}
