using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.KvCaches;

/// <summary>Which blocks are known by what they hold, and who can hit them.</summary>
internal sealed partial class KvCache
{
    /// <summary>The leading blocks of a sequence's <see cref="Sequence.Reached"/> tokens that are cached, all but the last token at most.</summary>
    public PrefixHit Find(Sequence sequence)
    {
        if (!_caches) return default;
        var request = sequence.Request;
        var unit = UnitBlocks(request);
        long most = (sequence.Reached - 1) / BlockTokens;
        var nameable = Nameable(request);
        var named = Math.Min(most / unit, nameable);
        var unreferenced = 0L;
        _found.Clear();
        while (_found.Count < named && _byKey.TryGetValue(KeyOf(request, _found.Count), out var node))
        {
            if (_nodes[node].References == 0) unreferenced += unit;
            _found.Add(node);
        }

        var own = 0L;
        var leftover = sequence.Cached.Leftover;
        if (leftover != 0 && _found.Count == sequence.Cached.LeftoverAfter)
            own = Math.Max(0, Math.Min(most - _found.Count * unit, Math.Min(_nodes[leftover].Count, sequence.Cached.LeftoverFull)));
        return new PrefixHit(_found.Count, _found.Count * unit + own, own, unreferenced + own);
    }

    /// <summary>The same, and how many tokens remain to be computed behind what is cached.</summary>
    public PrefixHit Find(Sequence sequence, out int rest)
    {
        var hit = Find(sequence);
        rest = sequence.Reached - (int)(hit.Blocks * BlockTokens);
        return hit;
    }

    /// <summary>Leading prompt tokens of a request that the cache holds.</summary>
    public long CachedTokens(Request request)
    {
        if (!_caches) return 0;
        var most = Math.Min(Nameable(request), (request.PromptTokens - 1) / UnitTokens(request));
        var found = 0;
        while (found < most && _byKey.ContainsKey(KeyOf(request, found))) found++;
        return (long)found * UnitTokens(request);
    }

    /// <summary>Whether what a sequence fills after its first <paramref name="tokens"/> tokens can be hit by others at once: its request names tokens beyond the prompt.</summary>
    public bool NamesMore(Sequence sequence, int tokens) => _caches && !_wholePrefixBlocks && Nameable(sequence.Request) > tokens / BlockTokens;

    /// <summary>Makes the full units among the first <paramref name="tokens"/> tokens known by their keys.</summary>
    public void NameFull(Sequence sequence, int tokens)
    {
        if (!_caches) return;
        var request = sequence.Request;
        if (request.PrefixBlocks.Length == 0) return;
        ref var cached = ref sequence.Cached;
        var full = Math.Min(Math.Min(tokens, sequence.Reached) / UnitTokens(request), Nameable(request));
        for (; cached.Named < full; cached.Named++)
        {
            var node = New();
            _nodes[node] = new Node { Count = UnitBlocks(request), Keyed = true, References = 1, Key = KeyOf(request, cached.Named) };
            Remember(node);
            Put(ref cached, cached.Named, node);
        }
    }

    /// <summary>KV blocks that are hit and evicted together.</summary>
    private long UnitBlocks(Request request) => _wholePrefixBlocks ? Math.Max(1, request.PrefixBlockTokens / BlockTokens) : 1;

    private int UnitTokens(Request request) => (int)UnitBlocks(request) * BlockTokens;

    /// <summary>
    /// Leading units of a request whose content it names. The last prefix block may be partly filled: one that begins in the prompt is
    /// known to the prompt's end, since what follows there is generated anew each time.
    /// </summary>
    private int Nameable(Request request)
    {
        long count = request.PrefixBlocks.Length;
        if (count == 0) return 0;
        // Which of several outputs a conversation goes on with is not known.
        var known = request.PromptTokens + (request.MoreOutputTokens.Length > 0 || (count - 1) * request.PrefixBlockTokens < request.PromptTokens ? 0L : request.OutputTokens);
        return (int)Math.Min(int.MaxValue, Math.Min(count * request.PrefixBlockTokens, known) / UnitTokens(request));
    }

    private BlockKey KeyOf(Request request, int unit)
    {
        var last = (long)(unit + 1) * UnitTokens(request) - 1;
        return new BlockKey(request.PrefixBlocks.Span[(int)(last / request.PrefixBlockTokens)], unit);
    }

    private static void Put(ref CachedBlocks cached, int at, int node)
    {
        cached.Nodes ??= new int[16];
        if (at == cached.Nodes.Length) Array.Resize(ref cached.Nodes, 2 * at);
        cached.Nodes[at] = node;
    }

    private void Remember(int node)
    {
        ref var first = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_byKey, _nodes[node].Key, out var known);
        if (!known)
        {
            first = node;
            return;
        }

        // The same content computed twice at once: the older copy is hit first, this one when that is gone.
        var last = first;
        while (_nodes[last].NextCopy != 0) last = _nodes[last].NextCopy;
        _nodes[last].NextCopy = node;
    }

    private void Forget(int node)
    {
        var key = _nodes[node].Key;
        var first = _byKey[key];
        if (first == node)
        {
            if (_nodes[node].NextCopy != 0) _byKey[key] = _nodes[node].NextCopy;
            else _byKey.Remove(key);
            return;
        }

        while (_nodes[first].NextCopy != node) first = _nodes[first].NextCopy;
        _nodes[first].NextCopy = _nodes[node].NextCopy;
    }
}
