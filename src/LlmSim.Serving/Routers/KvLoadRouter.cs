using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>The replica whose KV cache is the least full, counting what its waiting requests will need; the first of equals.</summary>
internal sealed class KvLoadRouter : IRouter
{
    public static RouterDescription Description { get; } = new()
    {
        Name = "kv-load",
        Summary = "The replica whose KV cache is the least full, waiting prompts included.",
        Create = _ => new KvLoadRouter(),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates)
    {
        var best = candidates[0];
        for (var i = 1; i < candidates.Count; i++)
            if (Load(candidates[i]) < Load(best)) best = candidates[i];
        return best;
    }

    /// <summary>Share of the cache that is in use or wanted; above 1 when more is wanted than there is.</summary>
    public static double Load(Engine engine) => (engine.Kv.Used + (double)engine.WaitingPromptTokens / engine.Kv.BlockTokens) / engine.Kv.Total;
}
