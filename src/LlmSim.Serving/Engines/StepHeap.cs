namespace LlmSim.Serving.Engines;

/// <summary>
/// A binary min-heap of (step, sequence). Entries of sequences that have left their set stay until they come up or until they outnumber
/// the live ones; a ticket tells them apart.
/// </summary>
internal sealed class StepHeap(DecodeSet owner)
{
    private Entry[] _entries = new Entry[16];
    private int _count;

    /// <summary>The smallest step, dead entries included; <see cref="long.MaxValue"/> when empty.</summary>
    public long NextStep => _count == 0 ? long.MaxValue : _entries[0].Step;

    public void Push(long step, Sequence sequence, int live)
    {
        if (_count > 2 * live + 64) DropDead();
        if (_count == _entries.Length) Array.Resize(ref _entries, 2 * _count);
        _entries[_count] = new Entry(step, sequence.Ticket, sequence);
        Up(_count++);
    }

    /// <summary>Takes the top if its step is at most <paramref name="step"/>; null for a dead entry, which is taken as well.</summary>
    public bool TryPop(long step, out Sequence? sequence)
    {
        sequence = null;
        if (_count == 0 || _entries[0].Step > step) return false;
        if (IsLive(_entries[0])) sequence = _entries[0].Sequence;
        RemoveTop();
        return true;
    }

    /// <summary>Drops dead entries from the top; afterwards <see cref="NextStep"/> belongs to a live one.</summary>
    public void CleanTop()
    {
        while (_count > 0 && !IsLive(_entries[0])) RemoveTop();
    }

    private bool IsLive(in Entry entry) => entry.Sequence.Set == owner && entry.Sequence.Ticket == entry.Ticket;

    private static bool Less(in Entry a, in Entry b) => a.Step < b.Step || (a.Step == b.Step && a.Ticket < b.Ticket);

    private void RemoveTop()
    {
        _count--;
        _entries[0] = _entries[_count];
        _entries[_count] = default;
        if (_count > 0) Down(0);
    }

    private void DropDead()
    {
        var kept = 0;
        for (var i = 0; i < _count; i++)
            if (IsLive(_entries[i])) _entries[kept++] = _entries[i];
        Array.Clear(_entries, kept, _count - kept);
        _count = kept;
        for (var i = kept / 2 - 1; i >= 0; i--) Down(i);
    }

    private void Up(int i)
    {
        var entry = _entries[i];
        while (i > 0)
        {
            var parent = (i - 1) / 2;
            if (!Less(entry, _entries[parent])) break;
            _entries[i] = _entries[parent];
            i = parent;
        }

        _entries[i] = entry;
    }

    private void Down(int i)
    {
        var entry = _entries[i];
        while (true)
        {
            var child = 2 * i + 1;
            if (child >= _count) break;
            if (child + 1 < _count && Less(_entries[child + 1], _entries[child])) child++;
            if (!Less(_entries[child], entry)) break;
            _entries[i] = _entries[child];
            i = child;
        }

        _entries[i] = entry;
    }

    private readonly record struct Entry(long Step, long Ticket, Sequence Sequence);
}
