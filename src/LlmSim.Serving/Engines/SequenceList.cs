namespace LlmSim.Serving.Engines;

/// <summary>A doubly linked list threaded through the sequences themselves: nothing is allocated, and removal costs O(1). A sequence stands in one list at a time.</summary>
internal sealed class SequenceList
{
    public Sequence? First { get; private set; }

    public Sequence? Last { get; private set; }

    public int Count { get; private set; }

    public void AddLast(Sequence sequence) => InsertAfter(Last, sequence);

    public void AddFirst(Sequence sequence) => InsertAfter(null, sequence);

    /// <summary>Inserts behind <paramref name="before"/>, at the front when that is null.</summary>
    public void InsertAfter(Sequence? before, Sequence sequence)
    {
        var after = before is null ? First : before.Next;
        sequence.Previous = before;
        sequence.Next = after;
        sequence.List = this;
        if (before is null) First = sequence;
        else before.Next = sequence;
        if (after is null) Last = sequence;
        else after.Previous = sequence;
        Count++;
    }

    /// <summary>Inserts where its request's arrival puts it, in a list that is in that order.</summary>
    public void InsertByArrival(Sequence sequence)
    {
        var before = Last;
        while (before is not null && before.ArrivedAfter(sequence)) before = before.Previous;
        InsertAfter(before, sequence);
    }

    public void Remove(Sequence sequence)
    {
        if (sequence.Previous is null) First = sequence.Next;
        else sequence.Previous.Next = sequence.Next;
        if (sequence.Next is null) Last = sequence.Previous;
        else sequence.Next.Previous = sequence.Previous;
        sequence.Previous = sequence.Next = null;
        sequence.List = null;
        Count--;
    }
}
