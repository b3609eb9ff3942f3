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
internal sealed class KvCache
{
    private readonly bool _caches;
    private readonly Dictionary<BlockKey, int> _byKey = [];
    private Node[] _nodes = new Node[64];
    private int _nodeCount = 1; // 0 is the sentinel of the free list
    private int _spare;
    private readonly List<int> _found = [];

    /// <summary>A cache with all its blocks free.</summary>
    /// <param name="blocks">Blocks, at least 1.</param>
    /// <param name="blockTokens">Tokens of a block, at least 1.</param>
    /// <param name="prefixCache">Whether full blocks stay known when they are freed.</param>
    public KvCache(long blocks, int blockTokens, bool prefixCache)
    {
        Total = blocks;
        BlockTokens = blockTokens;
        _caches = prefixCache;
        Append(blocks);
        Free = LeastFree = blocks;
    }

    public long Total { get; }

    public int BlockTokens { get; }

    /// <summary>Blocks that nobody uses, cached ones included.</summary>
    public long Free { get; private set; }

    public long Used => Total - Free;

    /// <summary>The smallest <see cref="Free"/> there was.</summary>
    public long LeastFree { get; private set; }

    public long Taken { get; private set; }

    public long Released { get; private set; }

    public long BlocksOf(long tokens) => (tokens + BlockTokens - 1) / BlockTokens;

    /// <summary>Takes blocks from the head of the free list; at most <see cref="Free"/>.</summary>
    public void Take(long blocks)
    {
        if (blocks > Free) throw new InvalidOperationException("more KV blocks taken than are free");
        Free -= blocks;
        Taken += blocks;
        if (Free < LeastFree) LeastFree = Free;
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
        var need = BlocksOf(sequence.Computed + tokens) - sequence.Blocks;
        if (need > Free) return false;
        if (need > 0)
        {
            Take(need);
            sequence.Blocks += need;
        }

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

    /// <summary>The leading blocks of a sequence's <see cref="Sequence.Reached"/> tokens that are cached, all but the last token at most.</summary>
    public PrefixHit Find(Sequence sequence)
    {
        if (!_caches) return default;
        var most = (sequence.Reached - 1) / BlockTokens;
        var nameable = Nameable(sequence);
        var unreferenced = 0;
        _found.Clear();
        while (_found.Count < Math.Min(most, nameable) && _byKey.TryGetValue(KeyOf(sequence, _found.Count), out var node))
        {
            if (_nodes[node].References == 0) unreferenced++;
            _found.Add(node);
        }

        var own = 0L;
        var leftover = sequence.Cached.Leftover;
        if (leftover != 0 && _found.Count == nameable && most > nameable)
            own = Math.Min(most - nameable, Math.Min(_nodes[leftover].Count, sequence.Cached.LeftoverFull));
        return new PrefixHit(_found.Count, own, unreferenced + own);
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
    /// <param name="mayResume">Whether it may come back for what the cache still has of it.</param>
    /// <param name="scheduledTokens">Tokens beyond <see cref="Sequence.Computed"/> that were already scheduled in this iteration.</param>
    public void Release(Sequence sequence, bool mayResume, int scheduledTokens = 0)
    {
        ref var cached = ref sequence.Cached;
        var privateBlocks = sequence.Blocks - cached.Named;
        Free += privateBlocks;
        Released += sequence.Blocks;
        sequence.Blocks = 0;
        var full = Math.Min(sequence.Computed + scheduledTokens, sequence.Reached) / BlockTokens - cached.Named;
        if (_caches && mayResume && full > 0)
        {
            cached.Leftover = Append(privateBlocks, sequence);
            cached.LeftoverFull = full;
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
            Free++;
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

    /// <summary>Whether blocks that a sequence fills after its first <paramref name="tokens"/> tokens can be hit by others: its request names tokens beyond the prompt.</summary>
    public bool NamesMore(Sequence sequence, int tokens) => _caches && Nameable(sequence) > tokens / BlockTokens;

    /// <summary>Makes the full blocks among the first <paramref name="tokens"/> tokens known by their keys.</summary>
    public void NameFull(Sequence sequence, int tokens)
    {
        if (!_caches) return;
        ref var cached = ref sequence.Cached;
        var full = Math.Min(Math.Min(tokens, sequence.Reached) / BlockTokens, Nameable(sequence));
        for (; cached.Named < full; cached.Named++)
        {
            var node = New();
            _nodes[node] = new Node { Count = 1, Keyed = true, References = 1, Key = KeyOf(sequence, cached.Named) };
            Remember(node);
            Put(ref cached, cached.Named, node);
        }
    }

    /// <summary>Leading blocks of a sequence whose content the request names.</summary>
    private int Nameable(Sequence sequence)
    {
        var request = sequence.Request;
        return (int)Math.Min(int.MaxValue, (long)request.PrefixBlocks.Length * request.PrefixBlockTokens / BlockTokens);
    }

    private BlockKey KeyOf(Sequence sequence, int block)
    {
        var request = sequence.Request;
        var last = (long)(block + 1) * BlockTokens - 1;
        return new BlockKey(request.PrefixBlocks.Span[(int)(last / request.PrefixBlockTokens)], block);
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
        if (Free < LeastFree) LeastFree = Free;
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
