using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>
/// The replica that has most of the prompt in its prefix cache, as long as the cluster is in balance; else the least loaded. Rule and
/// thresholds of SGLang's cache-aware router: balanced while the largest load is at most 32 above the smallest or 1.0001 times it; a match
/// counts from half the prompt on.
/// </summary>
internal sealed class PrefixAwareRouter : IRouter
{
    private const int BalanceAbsolute = 32;
    private const double BalanceRelative = 1.0001;
    private const double MatchShare = 0.5;

    public static RouterDescription Description { get; } = new()
    {
        Name = "prefix-aware",
        Summary = "The replica that has most of the prompt cached, while loads are balanced; else the least loaded.",
        Create = _ => new PrefixAwareRouter(),
    };

    public Engine Route(Request request, IReadOnlyList<Engine> candidates)
    {
        var (least, most, best) = (candidates[0], candidates[0], candidates[0]);
        var bestTokens = -1L;
        foreach (var engine in candidates)
        {
            if (engine.Outstanding < least.Outstanding) least = engine;
            if (engine.Outstanding > most.Outstanding) most = engine;
            var tokens = engine.Kv.CachedTokens(request);
            if (tokens <= bestTokens) continue;
            (best, bestTokens) = (engine, tokens);
        }

        var unbalanced = most.Outstanding - least.Outstanding > BalanceAbsolute && most.Outstanding > BalanceRelative * least.Outstanding;
        return !unbalanced && bestTokens > MatchShare * request.PromptTokens ? best : least;
    }
}
