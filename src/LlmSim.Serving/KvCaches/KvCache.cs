using LlmSim.Serving.Engines;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.KvCaches;

/// <summary>
/// The paged KV cache of one replica, with vLLM V1's prefix cache: full blocks are known by a chained key, a hit on a free block takes it
/// off the free list, new blocks come from the head of an LRU free list and drop their key, and blocks are freed in reverse order to its tail.
/// </summary>
/// <remarks>
/// Implementation note: blocks have no numbers. Only blocks that some other request might hit have an object of their own; all others are
/// counted. The free list is a queue of segments (a count of blocks, or one keyed block), so taking and freeing are O(1) amortised. A
/// preempted sequence's private blocks form one segment that is eaten from its last block on: what is left is always its leading blocks,
/// exactly what a resumed sequence can hit.
/// </remarks>
internal sealed class KvCache
{
    private readonly bool _caches;
    private readonly bool _wholePrefixBlocks;
    private readonly Dictionary<BlockKey, int> _byKey = [];
    private Node[] _nodes = new Node[64];
    private int _nodeCount = 1; // 0 is the sentinel of the free list
    private int _spare;
    private readonly List<int> _found = [];

    /// <summary>A cache with all its blocks free.</summary>
    /// <param name="blocks">Blocks, at least 1.</param>
    /// <param name="blockTokens">Tokens of a block, at least 1.</param>
    /// <param name="prefixCache">Whether full blocks stay known when they are freed.</param>
    /// <param name="wholePrefixBlocks">Whether what can be hit is a request's whole prefix block rather than each KV block: nodes of a prefix tree.</param>
    public KvCache(long blocks, int blockTokens, bool prefixCache, bool wholePrefixBlocks = false)
    {
        _wholePrefixBlocks = wholePrefixBlocks;
        Total = blocks;
        BlockTokens = blockTokens;
        _caches = prefixCache;
        Append(blocks);
        Free = blocks;
    }

    public long Total { get; }

    public int BlockTokens { get; }

    /// <summary>Blocks that nobody uses, cached ones included.</summary>
    public long Free { get; private set; }

    public long Used => Total - Free;

    public long Taken { get; private set; }

    public long Released { get; private set; }

    /// <summary>Tokens after which blocks are given back early; 0 for never.</summary>
    public int Window { get; init; }

    /// <summary>Blocks that a sequence holds while it computes <paramref name="tokens"/> more: those that no query can see any more are gone.</summary>
    public long Held(long computed, long tokens) => BlocksOf(computed + tokens) - (Window == 0 ? 0 : Math.Max(0, computed - Window + 1) / BlockTokens);

    /// <summary>Blocks that a sequence outside a decode set lacks for <paramref name="tokens"/> more tokens; negative when it gives some back.</summary>
    public long Need(Sequence sequence, int tokens) => Held(sequence.Computed, tokens) - sequence.Blocks + (MustCopy(sequence) ? 1 : 0);

    /// <summary>Blocks that a request holds at most, all its outputs together.</summary>
    /// <param name="sequence">The request.</param>
    /// <param name="unwritten">Tokens at the end of an output that are never written: 1, or 0 where the engine counts them.</param>
    public long Most(Sequence sequence, int unwritten = 1)
    {
        long prompt = sequence.Request.PromptTokens;
        var most = BlocksOf(prompt + sequence.OutputTokens - unwritten);
        foreach (var output in sequence.MoreOutputs) most += BlocksOf(prompt + output - unwritten) - (Window == 0 ? prompt / BlockTokens : 0);
        return most;
    }

    /// <summary>Blocks copied because a sequence wrote into one that others hold too.</summary>
    public long Copied { get; private set; }

    /// <summary>Whether a sequence's next token goes into a block that others hold too.</summary>
    public static bool MustCopy(Sequence sequence) => sequence is { Unwritten: true, Prompt.Unwritten: > 1 };

    /// <summary>Notes that a sequence writes its first token after a shared prompt: into a copy, taken already, or the last one into the block itself.</summary>
    public void Write(Sequence sequence)
    {
        if (!sequence.Unwritten) return;
        if (MustCopy(sequence))
        {
            Copied++;
            Released++;
        }

        sequence.Unwritten = false;
        sequence.Prompt!.Unwritten--;
    }

    /// <summary>Lets the sequences of a prompt that was just computed hold its blocks together.</summary>
    public void Share(SampledPrompt prompt)
    {
        var first = prompt.Sequences[0];
        prompt.Holders = prompt.Sequences.Count;
        prompt.FullBlocks = first.Computed / BlockTokens - first.Cached.Named * UnitBlocks(first.Request);
        prompt.Unwritten = first.Computed % BlockTokens > 0 ? prompt.Holders : 0;
        foreach (var sequence in prompt.Sequences)
        {
            sequence.SharesBlocks = true;
            sequence.Unwritten = prompt.Unwritten > 0;
            if (sequence == first) continue;
            sequence.Blocks = first.Blocks;
            Taken += first.Blocks;
            for (var i = 0; i < first.Cached.Named; i++)
            {
                _nodes[first.Cached.Nodes[i]].References++;
                Put(ref sequence.Cached, i, first.Cached.Nodes[i]);
            }

            sequence.Cached.Named = first.Cached.Named;
        }
    }

    public long BlocksOf(long tokens) => (tokens + BlockTokens - 1) / BlockTokens;

    /// <summary>Takes blocks from the head of the free list; at most <see cref="Free"/>.</summary>
    public void Take(long blocks)
    {
        if (blocks > Free) throw new InvalidOperationException("more KV blocks taken than are free");
        Free -= blocks;
        Taken += blocks;
        while (blocks > 0)
        {
            var head = _nodes[0].Next;
            ref var node = ref _nodes[head];
            if (node.Count > blocks)
            {
                node.Count -= blocks;
                return;
            }

            blocks -= node.Count;
            if (node.Keyed) Forget(head);
            if (node.Owner is not null) node.Owner.Cached.Leftover = 0;
            Unlink(head);
            Recycle(head);
        }
    }

    /// <summary>Grants a sequence outside a decode set what <paramref name="tokens"/> more tokens need, if there is room.</summary>
    public bool TryExtend(Sequence sequence, int tokens)
    {
        var need = Need(sequence, tokens);
        if (need > Free) return false;
        if (need > 0) Take(need);
        else Return(-need);
        sequence.Blocks += MustCopy(sequence) ? need - 1 : need;
        Write(sequence);
        NameFull(sequence, sequence.Computed + tokens);
        return true;
    }

    /// <summary>Reserves blocks whatever the tokens, if there is room.</summary>
    public bool TryReserve(Sequence sequence, long blocks)
    {
        if (blocks > Free) return false;
        Take(blocks);
        sequence.Blocks += blocks;
        return true;
    }

    /// <summary>Gives one sequence copies of all blocks of another, if there is room.</summary>
    public bool TryCopy(Sequence from, Sequence to)
    {
        var blocks = Held(from.Computed - 1, 1);
        if (!TryReserve(to, blocks)) return false;
        Copied += blocks;
        return true;
    }

    /// <summary>Takes back blocks that belong to no sequence any more.</summary>
    public void Return(long blocks)
    {
        if (blocks == 0) return;
        Append(blocks);
        Free += blocks;
        Released += blocks;
    }

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

    /// <summary>Leading prompt tokens of a request that the cache holds.</summary>
    public long CachedTokens(Request request)
    {
        if (!_caches) return 0;
        var most = Math.Min(Nameable(request), (request.PromptTokens - 1) / UnitTokens(request));
        var found = 0;
        while (found < most && _byKey.ContainsKey(KeyOf(request, found))) found++;
        return (long)found * UnitTokens(request);
    }

    /// <summary>Whether <paramref name="tokens"/> tokens behind a hit find room.</summary>
    public bool Fits(in PrefixHit hit, long tokens) =>
        BlocksOf(hit.Blocks * BlockTokens + tokens) - hit.Blocks + hit.Unreferenced <= Free;

    /// <summary>Admits a sequence: takes what the latest <see cref="Find"/> found and the blocks for its first tokens, if there is room.</summary>
    public bool TryAdmit(Sequence sequence, in PrefixHit hit, int tokens)
    {
        if (!Fits(hit, tokens)) return false;
        if (hit.Blocks > 0) Touch(sequence, hit);
        sequence.Computed = (int)(hit.Blocks * BlockTokens);
        sequence.Blocks = hit.Blocks;
        DisownLeftover(sequence);
        return TryExtend(sequence, tokens);
    }

    /// <summary>Takes all blocks from a sequence outside a decode set.</summary>
    /// <param name="sequence">The sequence.</param>
    /// <param name="keptTokens">Leading tokens that it may come back for, as far as the cache still has them; 0 when it will not.</param>
    public void Release(Sequence sequence, int keptTokens = 0)
    {
        ref var cached = ref sequence.Cached;
        var unit = UnitBlocks(sequence.Request);
        var namedBlocks = cached.Named * unit;
        var privateBlocks = sequence.Blocks - namedBlocks;
        var shares = sequence is { SharesBlocks: true, Prompt.FullBlocks: > 0 };
        if (sequence.SharesBlocks) privateBlocks -= LeaveShared(sequence);
        Free += privateBlocks;
        Released += sequence.Blocks;
        sequence.Blocks = 0;
        var full = Math.Min(keptTokens, sequence.Reached) / BlockTokens - namedBlocks;
        if (_caches && full > 0 && !shares)
        {
            cached.Leftover = Append(privateBlocks, sequence);
            cached.LeftoverFull = full;
            cached.LeftoverAfter = cached.Named;
        }
        else if (privateBlocks > 0)
        {
            Append(privateBlocks);
        }

        for (var i = cached.Named - 1; i >= 0; i--)
        {
            var node = cached.Nodes[i];
            if (--_nodes[node].References > 0) continue;
            LinkLast(node);
            Free += unit;
        }

        cached.Named = 0;
    }

    /// <summary>Gives up a sequence's hold on its prompt's blocks; those that others still hold.</summary>
    private static long LeaveShared(Sequence sequence)
    {
        var prompt = sequence.Prompt!;
        var held = --prompt.Holders > 0 ? prompt.FullBlocks : 0;
        if (sequence.Unwritten && --prompt.Unwritten > 0) held++;
        sequence.SharesBlocks = sequence.Unwritten = false;
        return held;
    }

    /// <summary>Gives the blocks of a waiting sequence's earlier run up to whoever comes first.</summary>
    public void DisownLeftover(Sequence sequence)
    {
        if (sequence.Cached.Leftover == 0) return;
        _nodes[sequence.Cached.Leftover].Owner = null;
        sequence.Cached.Leftover = 0;
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

    private void Touch(Sequence sequence, in PrefixHit hit)
    {
        ref var cached = ref sequence.Cached;
        for (var i = 0; i < hit.Named; i++)
        {
            var node = _found[i];
            if (_nodes[node].References++ == 0) Unlink(node);
            Put(ref cached, i, node);
        }

        cached.Named = hit.Named;
        if (hit.Own > 0)
        {
            ref var left = ref _nodes[cached.Leftover];
            left.Count -= hit.Own;
            left.Owner = null;
            if (left.Count == 0)
            {
                Unlink(cached.Leftover);
                Recycle(cached.Leftover);
            }

            cached.Leftover = 0;
        }

        Free -= hit.Unreferenced;
        Taken += hit.Blocks;
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

    private int Append(long blocks, Sequence? owner = null)
    {
        var tail = _nodes[0].Previous;
        if (owner is null && tail != 0 && !_nodes[tail].Keyed && _nodes[tail].Owner is null)
        {
            _nodes[tail].Count += blocks;
            return tail;
        }

        var node = New();
        _nodes[node] = new Node { Count = blocks, Owner = owner };
        LinkLast(node);
        return node;
    }

    private void LinkLast(int node)
    {
        var tail = _nodes[0].Previous;
        _nodes[node].Previous = tail;
        _nodes[node].Next = 0;
        _nodes[tail].Next = node;
        _nodes[0].Previous = node;
    }

    private void Unlink(int node)
    {
        _nodes[_nodes[node].Previous].Next = _nodes[node].Next;
        _nodes[_nodes[node].Next].Previous = _nodes[node].Previous;
    }

    private int New()
    {
        if (_spare != 0)
        {
            var node = _spare;
            _spare = _nodes[node].Next;
            return node;
        }

        if (_nodeCount == _nodes.Length) Array.Resize(ref _nodes, 2 * _nodeCount);
        return _nodeCount++;
    }

    private void Recycle(int node)
    {
        _nodes[node] = new Node { Next = _spare };
        _spare = node;
    }

    /// <summary>A segment of the free list, or a keyed block wherever it is.</summary>
    private struct Node
    {
        public int Previous;
        public int Next;
        public long Count;
        public Sequence? Owner;
        public bool Keyed;
        public BlockKey Key;
        public int References;
        public int NextCopy;
    }
}
