using LlmSim.Graphs.Batches;

namespace LlmSim.Serving.Engines;

/// <summary>The iteration that is being put together: whether the decode set takes part as a whole, and sequences with tokens of their own.</summary>
internal sealed class Batch
{
    private Share[] _items = new Share[16];

    /// <summary>Whether every member of the decode set decodes.</summary>
    public bool Decodes { get; set; }

    /// <summary>Sequences outside the decode set.</summary>
    public int Count { get; private set; }

    public ref readonly Share this[int index] => ref _items[index];

    /// <summary>Gives a sequence outside the decode set so many tokens.</summary>
    public void Add(Sequence sequence, int tokens)
    {
        if (Count == _items.Length) Array.Resize(ref _items, 2 * Count);
        _items[Count++] = new Share(sequence, tokens);
    }

    /// <summary>Tokens that a sequence was given by itself; 0 when none.</summary>
    public int TokensOf(Sequence sequence) => IndexOf(sequence) is var at and >= 0 ? _items[at].Tokens : 0;

    /// <summary>Takes a sequence out again, if it is in.</summary>
    public void Remove(Sequence sequence)
    {
        var at = IndexOf(sequence);
        if (at < 0) return;
        Array.Copy(_items, at + 1, _items, at, Count - at - 1);
        Count--;
    }

    private int IndexOf(Sequence sequence)
    {
        for (var i = 0; i < Count; i++)
            if (_items[i].Sequence == sequence) return i;
        return -1;
    }

    public void Clear()
    {
        Array.Clear(_items, 0, Count);
        Count = 0;
        Decodes = false;
    }

    /// <summary>Adds the single sequences to a shape that holds the decode set's sums, or nothing.</summary>
    public void AddTo(ref BatchShape shape, BatchNeeds needs)
    {
        for (var i = 0; i < Count; i++)
        {
            var (sequence, tokens) = _items[i];
            var past = sequence.Computed;
            var samples = past + tokens == sequence.Reached;
            // A single token of a sequence that has output already is a decode under every counting.
            var decodes = tokens == 1 && (needs.SingleTokenIsDecode || (samples && sequence.Generated > 0));
            if (decodes) shape.Decode.Add(past, tokens, needs);
            else shape.Prefill.Add(past, tokens, needs);
            if (samples) shape.SampledPositions++;
            if (!needs.MinContext) shape.Decode.MinContext = shape.Prefill.MinContext = 0;
        }
    }

    /// <summary>A sequence and its share: the tokens it gets.</summary>
    public readonly record struct Share(Sequence Sequence, int Tokens);
}
