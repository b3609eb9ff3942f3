using LlmSim.Serving.Clusters;
using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Routers;

/// <summary>The replica with the fewest unfinished requests (running and waiting), or with the fewest of their prompt tokens; the first of equals.</summary>
internal sealed class LeastOutstandingRouter(bool byTokens) : IRouter
{
    // Of the array of all replicas loads are kept in order; where some cannot hold a request the others are looked at one by one.
    private Engine[]? _all;
    private LeastOf? _loads;
    private int[] _places = [];

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
        if (candidates is Engine[] all)
        {
            if (all != _all) Keep(all);
            return all[_loads!.First];
        }

        var best = candidates[0];
        for (var i = 1; i < candidates.Count; i++)
            if (Load(candidates[i]) < Load(best)) best = candidates[i];
        return best;
    }

    /// <inheritdoc/>
    public void LoadChanged(Engine engine)
    {
        if (_loads is not null && engine.Replica < _places.Length && _places[engine.Replica] is >= 0 and var place) _loads.Set(place, Load(engine));
    }

    private void Keep(Engine[] all)
    {
        (_all, _loads) = (all, new LeastOf(all.Length, 0));
        _places = new int[all.Max(e => e.Replica) + 1];
        Array.Fill(_places, -1);
        for (var i = 0; i < all.Length; i++)
        {
            _places[all[i].Replica] = i;
            _loads.Set(i, Load(all[i]));
        }
    }

    private long Load(Engine engine) => byTokens ? engine.OutstandingPromptTokens : engine.Outstanding;
}
