namespace LlmSim.Kernel.Events;

/// <summary>
/// Pending events in a total order: by time, then by priority (smaller first), then by insertion. Scheduling and taking cost O(log n)
/// and allocate nothing once the arrays have grown.
/// </summary>
/// <remarks>
/// Implementation note: a 4-ary heap of 24-byte keys, items beside it in slots that never move. A cancelled event gives its slot back at
/// once and its key stays until it surfaces, or until more keys are dead than alive, when the heap is rebuilt: so cancelling is O(1)
/// amortised and the memory is bounded by the events that are really pending.
/// </remarks>
/// <typeparam name="T">What an event carries.</typeparam>
public sealed class EventQueue<T>
{
    /// <summary>Smallest and largest priority that is allowed, ±.</summary>
    public const int PriorityLimit = 1 << 14;

    private const int Arity = 4;
    private const int PriorityShift = 48;

    private Key[] _heap;
    private Slot[] _slots;
    private int _keys, _usedSlots, _freeSlot = -1;
    private long _insertions;

    /// <summary>An empty queue.</summary>
    /// <param name="capacity">Events to make room for at the start.</param>
    public EventQueue(int capacity = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        _heap = new Key[capacity];
        _slots = new Slot[capacity];
    }

    /// <summary>Pending events, cancelled ones not counted.</summary>
    public int Count { get; private set; }

    /// <summary>Adds an event.</summary>
    /// <param name="time">When, in ticks.</param>
    /// <param name="item">What it carries.</param>
    /// <param name="priority">Among events of one time the smaller comes first; within ±<see cref="PriorityLimit"/>.</param>
    public EventHandle Schedule(long time, T item, int priority = 0)
    {
        if (priority is < -PriorityLimit or > PriorityLimit) throw new ArgumentOutOfRangeException(nameof(priority), priority, null);
        // 2⁴⁸ insertions take months at the highest speed measured.
        var order = ((long)priority << PriorityShift) + ++_insertions;
        var slot = TakeSlot();
        _slots[slot].Item = item;
        _slots[slot].Order = order;
        if (_keys == _heap.Length) Array.Resize(ref _heap, 2 * _keys);
        MoveUp(_keys++, new Key(time, order, slot));
        Count++;
        return new EventHandle(slot, order);
    }

    /// <summary>Takes an event out before its time.</summary>
    /// <returns>False when it is no longer pending.</returns>
    public bool Cancel(EventHandle handle)
    {
        if (handle.Order == 0 || (uint)handle.Slot >= (uint)_usedSlots || _slots[handle.Slot].Order != handle.Order) return false;
        GiveSlotBack(handle.Slot);
        Count--;
        if (_keys > 64 && Count < _keys / 2) Rebuild();
        return true;
    }

    /// <summary>The time of the first event; false when nothing is pending.</summary>
    public bool TryPeek(out long time)
    {
        DropDeadTop();
        time = _keys > 0 ? _heap[0].Time : 0;
        return _keys > 0;
    }

    /// <summary>Takes the first event; false when nothing is pending.</summary>
    public bool TryTake(out long time, out T item)
    {
        DropDeadTop();
        if (_keys == 0)
        {
            (time, item) = (0, default!);
            return false;
        }

        var top = _heap[0];
        (time, item) = (top.Time, _slots[top.Slot].Item);
        GiveSlotBack(top.Slot);
        Count--;
        RemoveTop();
        return true;
    }

    private void DropDeadTop()
    {
        while (_keys > 0 && _slots[_heap[0].Slot].Order != _heap[0].Order) RemoveTop();
    }

    private void RemoveTop()
    {
        var last = _heap[--_keys];
        if (_keys == 0) return;
        // The hole goes down to a leaf first and the last key up from there: it belongs near the leaves, so this compares less.
        var heap = _heap.AsSpan(0, _keys);
        var hole = 0;
        for (var child = 1; child < heap.Length; child = hole * Arity + 1)
        {
            var least = LeastChild(heap, child);
            heap[hole] = heap[least];
            hole = least;
        }

        MoveUp(hole, last);
    }

    private static int LeastChild(ReadOnlySpan<Key> heap, int child)
    {
        if (child + Arity <= heap.Length)
        {
            // Two comparisons that do not wait for each other, then one between the winners.
            var left = heap[child + 1].IsBefore(heap[child]) ? child + 1 : child;
            var right = heap[child + 3].IsBefore(heap[child + 2]) ? child + 3 : child + 2;
            return heap[right].IsBefore(heap[left]) ? right : left;
        }

        var least = child;
        for (var i = child + 1; i < heap.Length; i++)
            if (heap[i].IsBefore(heap[least])) least = i;
        return least;
    }

    private void MoveUp(int at, Key key)
    {
        var heap = _heap;
        while (at > 0)
        {
            var parent = (at - 1) / Arity;
            if (!key.IsBefore(heap[parent])) break;
            heap[at] = heap[parent];
            at = parent;
        }

        heap[at] = key;
    }

    private void MoveDown(int at, Key key)
    {
        var heap = _heap.AsSpan(0, _keys);
        while (true)
        {
            var child = at * Arity + 1;
            if (child >= heap.Length) break;
            var least = LeastChild(heap, child);
            if (!heap[least].IsBefore(key)) break;
            heap[at] = heap[least];
            at = least;
        }

        heap[at] = key;
    }

    private void Rebuild()
    {
        var alive = 0;
        for (var i = 0; i < _keys; i++)
            if (_slots[_heap[i].Slot].Order == _heap[i].Order) _heap[alive++] = _heap[i];
        _keys = alive;
        for (var i = (_keys - 2) / Arity; i >= 0 && _keys > 1; i--) MoveDown(i, _heap[i]);
    }

    private int TakeSlot()
    {
        if (_freeSlot >= 0)
        {
            var slot = _freeSlot;
            _freeSlot = _slots[slot].NextFree;
            return slot;
        }

        if (_usedSlots == _slots.Length) Array.Resize(ref _slots, 2 * _usedSlots);
        return _usedSlots++;
    }

    private void GiveSlotBack(int slot)
    {
        _slots[slot] = new Slot { NextFree = _freeSlot };
        _freeSlot = slot;
    }

    private readonly struct Key(long time, long order, int slot)
    {
        public readonly long Time = time;
        public readonly long Order = order;
        public readonly int Slot = slot;

        public bool IsBefore(in Key other) => Time < other.Time || (Time == other.Time && Order < other.Order);
    }

    private struct Slot
    {
        public T Item;

        // 0 for a free slot: no event has that order, since insertions count from 1 and priorities shift by whole 2⁴⁸.
        public long Order;
        public int NextFree;
    }
}
