using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>The replica with the fewest unfinished requests (running and waiting), or with the fewest of their prompt tokens; the first of equals.</summary>
internal sealed class LeastOutstandingRouter(bool byTokens) : IRouter
{
    public static RouterDescription ByRequests { get; } = new()
    {
        Name = "least-outstanding",
        Summary = "The replica with the fewest unfinished requests, running and waiting.",
        Create = _ => new LeastOutstandingRouter(byTokens: false),
    };

    public static RouterDescription ByTokens { get; } = new()
    {
        Name = "least-outstanding-tokens",
        Summary = "The replica whose unfinished requests have the fewest prompt tokens.",
        Create = _ => new LeastOutstandingRouter(byTokens: true),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates)
    {
        var best = candidates[0];
        for (var i = 1; i < candidates.Count; i++)
            if (Load(candidates[i]) < Load(best)) best = candidates[i];
        return best;
    }

    private long Load(Engine engine) => byTokens ? engine.OutstandingPromptTokens : engine.Outstanding;
}
