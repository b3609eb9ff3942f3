using LlmSim.Serving.Engines;

namespace LlmSim.Serving.Queues;

/// <summary>SGLang's orders of the waiting queue, which depend on what the prefix cache holds at the moment.</summary>
internal sealed class PrefixOrder(QueueOrder order)
{
    // SGLang falls back to first come, first served beyond this many, because matching all of them takes too long.
    private const int MostMatched = 128;

    private readonly List<Entry> _entries = [];
    private readonly List<Sequence> _sorted = [];
    private bool _asTheyCame;
    private int _next;

    /// <summary>Begins to go through the waiting requests.</summary>
    public void Begin(Engine engine)
    {
        var matched = order is QueueOrder.LongestPrefixMatch or QueueOrder.DfsWeight && engine.Waiting.Count <= MostMatched;
        // A long queue is not walked for the few requests at its head that find room.
        _asTheyCame = !matched && order != QueueOrder.LongestOutput;
        if (_asTheyCame) return;
        _next = 0;
        _entries.Clear();
        _sorted.Clear();
        for (var sequence = engine.Waiting.List.First; sequence is not null; sequence = sequence.Next)
        {
            var hit = matched ? engine.Kv.Find(sequence) : default;
            _entries.Add(new Entry(sequence, _entries.Count, hit.Blocks, hit.Named));
        }

        if (order == QueueOrder.DfsWeight)
        {
            Descend(_entries, 0);
            return;
        }

        if (matched) _entries.Sort(static (a, b) => a.HitBlocks != b.HitBlocks ? b.HitBlocks.CompareTo(a.HitBlocks) : a.Index.CompareTo(b.Index));
        else _entries.Sort(static (a, b) => a.Output != b.Output ? b.Output.CompareTo(a.Output) : a.Index.CompareTo(b.Index));
        foreach (var entry in _entries) _sorted.Add(entry.Sequence);
    }

    /// <summary>The next to be considered, null after the last. The one before it must have been admitted, and so have left the queue.</summary>
    public Sequence? Next(Engine engine)
    {
        if (_asTheyCame) return engine.Waiting.List.First;
        return _next < _sorted.Count ? _sorted[_next++] : null;
    }

    /// <summary>Depth first through the tree of cached prefixes, the child with the most waiting requests first; those that end at a node come after its children.</summary>
    private void Descend(List<Entry> entries, int depth)
    {
        while (true)
        {
            var ending = entries.FindAll(entry => entry.Named <= depth);
            var children = entries.FindAll(entry => entry.Named > depth).GroupBy(entry => entry.Sequence.Request.PrefixBlocks.Span[depth]).ToList();
            if (ending.Count == 0 && children.Count == 1)
            {
                depth++; // a path without branches needs no recursion, however long
                continue;
            }

            foreach (var child in children.OrderByDescending(child => child.Count())) Descend([.. child], depth + 1);
            foreach (var entry in ending) _sorted.Add(entry.Sequence);
            return;
        }
    }

    private readonly record struct Entry(Sequence Sequence, int Index, long HitBlocks, int Named)
    {
        public int Output => Sequence.OutputTokens;
    }
}
