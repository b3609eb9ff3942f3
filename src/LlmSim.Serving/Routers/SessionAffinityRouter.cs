using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>
/// All requests of a session on one replica, chosen by rendezvous hashing, so that nothing has to be remembered; requests without a
/// session go to the replica with the fewest unfinished ones.
/// </summary>
internal sealed class SessionAffinityRouter : IRouter
{
    private readonly LeastOutstandingRouter _others = new(byTokens: false);

    public static RouterDescription Description { get; } = new()
    {
        Name = "session-affinity",
        Summary = "All requests of a session on one replica; others on the least loaded.",
        Create = _ => new SessionAffinityRouter(),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates)
    {
        if (request.Session < 0) return _others.Route(request, candidates);
        var best = candidates[0];
        foreach (var engine in candidates)
            if (Weight(request.Session, engine.Replica) > Weight(request.Session, best.Replica)) best = engine;
        return best;
    }

    public void LoadChanged(Engine engine) => _others.LoadChanged(engine);

    /// <summary>A hash of the pair (the finalizer of SplitMix64).</summary>
    private static ulong Weight(long session, int replica)
    {
        var z = (ulong)session * 0x9E3779B97F4A7C15 + (ulong)(replica + 1) * 0xD1B54A32D192ED03;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
