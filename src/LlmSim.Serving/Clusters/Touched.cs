namespace LlmSim.Serving.Clusters;

/// <summary>Replicas on which something changed at this instant, so that they schedule.</summary>
/// <param name="replicas">How many replicas there are.</param>
internal sealed class Touched(int replicas)
{
    private readonly bool[] _is = new bool[replicas];
    private readonly List<int> _list = [];

    /// <summary>Something changed on a replica.</summary>
    public void Mark(int replica)
    {
        if (_is[replica]) return;
        _is[replica] = true;
        _list.Add(replica);
    }

    /// <summary>Those that were marked, in the order of their numbers; valid until <see cref="Clear"/>.</summary>
    public List<int> InOrder()
    {
        if (_list.Count > 1) _list.Sort();
        return _list;
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        foreach (var replica in _list) _is[replica] = false;
        _list.Clear();
    }
}
