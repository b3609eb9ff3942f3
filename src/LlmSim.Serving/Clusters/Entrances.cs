using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Clusters;

/// <summary>The replicas at which requests arrive, and which of them can ever hold one: replicas with the same settings answer alike, and one of them is asked.</summary>
internal sealed class Entrances
{
    private readonly Engine[] _all;
    private readonly int[] _kindOf;
    private readonly Engine[] _kinds;
    private readonly bool[] _holds;
    private readonly Engine[] _decoders;
    private readonly List<Engine> _some = [];

    /// <summary>The entrances of a cluster.</summary>
    /// <param name="engines">All replicas.</param>
    /// <param name="settings">Their settings.</param>
    /// <param name="decoders">Those that decode.</param>
    public Entrances(Engine[] engines, ClusterSettings settings, Engine[] decoders)
    {
        (object, int) Kind(Engine engine) => (settings.Replicas[engine.Replica].Engine, settings.Replicas[engine.Replica].Cost.Stages);
        _all = [.. engines.Where(engine => engine.Configuration.Role != ReplicaRole.Decode)];
        _kinds = [.. _all.DistinctBy(Kind)];
        var places = _kinds.Select((engine, i) => (Kind(engine), i)).ToDictionary(k => k.Item1, k => k.i);
        _kindOf = [.. _all.Select(engine => places[Kind(engine)])];
        _holds = new bool[_kinds.Length];
        _decoders = [.. decoders.DistinctBy(Kind)];
    }

    /// <summary>
    /// Those that can hold a request, in order. Where that is all of them it is always the same array, so that routers may keep an index of it; otherwise it
    /// is valid until the next call.
    /// </summary>
    public IReadOnlyList<Engine> For(Sequence sequence)
    {
        var (all, any) = (true, false);
        for (var i = 0; i < _kinds.Length; i++)
        {
            _holds[i] = _kinds[i].CanEverHold(sequence) && CanBeDecoded(_kinds[i], sequence);
            all &= _holds[i];
            any |= _holds[i];
        }

        if (all) return _all;
        _some.Clear();
        for (var i = 0; any && i < _all.Length; i++)
            if (_holds[_kindOf[i]]) _some.Add(_all[i]);
        return _some;
    }

    /// <summary>Whether a replica that only prefills finds another that can decode the request.</summary>
    private bool CanBeDecoded(Engine engine, Sequence sequence)
    {
        if (engine.Configuration.Role != ReplicaRole.Prefill) return true;
        foreach (var decoder in _decoders)
            if (decoder.CanEverHold(sequence)) return true;
        return false;
    }
}
