using LlmSim.Serving.Engines;

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
internal sealed partial class KvCache
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

    /// <summary>Takes back blocks that belong to no sequence any more.</summary>
    public void Return(long blocks)
    {
        if (blocks == 0) return;
        Append(blocks);
        Free += blocks;
        Released += blocks;
    }

    /// <summary>Whether <paramref name="tokens"/> tokens behind a hit find room.</summary>
    public bool Fits(in PrefixHit hit, long tokens) =>
        BlocksOf(hit.Blocks * BlockTokens + tokens) - hit.Blocks + hit.Unreferenced <= Free;

    /// <summary>Admits a sequence: takes what the latest <see cref="Find(Sequence)"/> found and the blocks for its first tokens, if there is room.</summary>
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

    /// <summary>Gives the blocks of a waiting sequence's earlier run up to whoever comes first.</summary>
    public void DisownLeftover(Sequence sequence)
    {
        if (sequence.Cached.Leftover == 0) return;
        _nodes[sequence.Cached.Leftover].Owner = null;
        sequence.Cached.Leftover = 0;
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
