using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlmSim.Kernel.Events;

/// <summary>
/// Pending events in a total order: by time, then by priority (smaller first), then by insertion. Scheduling and taking cost O(log n)
/// and allocate nothing once the arrays have grown.
/// </summary>
/// <remarks>
/// Implementation note: a 4-ary heap of 16-byte keys, laid out so that the four children of a key share one cache line: with many events pending, memory is what a
/// queue waits for. A key is a time and the slot that holds the rest (item, order), which never moves; the order is looked up only where times are equal. A
/// cancelled event keeps its slot until its key surfaces, or until more are dead than alive, when the heap is rebuilt: so cancelling is O(1)
/// amortised and the memory is bounded by the events that are really pending.
/// </remarks>
/// <typeparam name="T">What an event carries.</typeparam>
public sealed class EventQueue<T>
{
    /// <summary>Smallest and largest priority that is allowed, ±.</summary>
    public const int PriorityLimit = 1 << 14;

    private const int Arity = 4;
    private const int PriorityShift = 48;
    private const int CacheLine = 64;

    private long[] _memory;
    private int _firstKey, _capacity;
    private Slot[] _slots;
    private int _keys, _usedSlots, _freeSlot = -1;
    private long _insertions;

    /// <summary>An empty queue.</summary>
    /// <param name="capacity">Events to make room for at the start.</param>
    public EventQueue(int capacity = 16)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_memory, _firstKey) = Allocate(capacity);
        _capacity = capacity;
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
        ref var taken = ref _slots[slot];
        (taken.Item, taken.Order, taken.State) = (item, order, Pending);
        if (_keys == _capacity) Grow();
        MoveUp(Keys, _keys++, new Key(time, slot));
        Count++;
        return new EventHandle(slot, order);
    }

    /// <summary>Takes an event out before its time.</summary>
    /// <returns>False when it is no longer pending.</returns>
    public bool Cancel(EventHandle handle)
    {
        if (handle.Order == 0 || (uint)handle.Slot >= (uint)_usedSlots) return false;
        ref var slot = ref _slots[handle.Slot];
        if (slot.Order != handle.Order || slot.State != Pending) return false;
        (slot.Item, slot.State) = (default!, Cancelled);
        Count--;
        if (_keys > 64 && Count < _keys / 2) Rebuild();
        return true;
    }

    /// <summary>The time of the first event; false when nothing is pending.</summary>
    public bool TryPeek(out long time)
    {
        DropCancelledTop();
        time = _keys > 0 ? Keys[0].Time : 0;
        return _keys > 0;
    }

    /// <summary>Takes the first event; false when nothing is pending.</summary>
    public bool TryTake(out long time, out T item)
    {
        DropCancelledTop();
        if (_keys == 0)
        {
            (time, item) = (0, default!);
            return false;
        }

        var top = Keys[0];
        (time, item) = (top.Time, _slots[top.Slot].Item);
        GiveSlotBack(top.Slot);
        Count--;
        RemoveTop();
        return true;
    }

    private void DropCancelledTop()
    {
        while (_keys > 0)
        {
            var slot = Keys[0].Slot;
            if (_slots[slot].State != Cancelled) return;
            GiveSlotBack(slot);
            RemoveTop();
        }
    }

    private void RemoveTop()
    {
        var all = Keys;
        var last = all[--_keys];
        if (_keys == 0) return;
        // The hole goes down to a leaf first and the last key up from there: it belongs near the leaves, so this compares less.
        var heap = all[.._keys];
        var hole = 0;
        for (var child = 1; child < heap.Length; child = hole * Arity + 1)
        {
            var least = LeastChild(heap, child);
            heap[hole] = heap[least];
            hole = least;
        }

        MoveUp(all, hole, last);
    }

    private int LeastChild(ReadOnlySpan<Key> heap, int child)
    {
        var least = child;
        if (child + Arity <= heap.Length)
        {
            var four = heap.Slice(child, Arity);
            long a = four[0].Time, b = four[1].Time, c = four[2].Time, d = four[3].Time;
            // Without branches, since which child is least cannot be predicted: the winners of two pairs, then the winner of those.
            int inLeft = OneIf(b < a), inRight = OneIf(d < c);
            var left = a + ((b - a) & -(long)inLeft);
            var right = c + ((d - c) & -(long)inRight);
            var first = inLeft + ((2 + inRight - inLeft) & -OneIf(right < left));
            // Where another has the same time, the order decides.
            return child + (a == b || c == d || left == right ? FirstInOrder(four, first) : first);
        }

        for (var i = child + 1; i < heap.Length; i++)
            if (IsBefore(heap[i], heap[least])) least = i;
        return least;
    }

    /// <summary>Of the keys with the same time as the first one found, that whose event comes first.</summary>
    private int FirstInOrder(ReadOnlySpan<Key> keys, int first)
    {
        for (var i = 0; i < keys.Length; i++)
            if (IsBefore(keys[i], keys[first])) first = i;
        return first;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int OneIf(bool condition) => Unsafe.BitCast<bool, byte>(condition);

    private void MoveUp(Span<Key> heap, int at, Key key)
    {
        while (at > 0)
        {
            var parent = (at - 1) / Arity;
            if (!IsBefore(key, heap[parent])) break;
            heap[at] = heap[parent];
            at = parent;
        }

        heap[at] = key;
    }

    private void MoveDown(Span<Key> heap, int at, Key key)
    {
        while (true)
        {
            var child = at * Arity + 1;
            if (child >= heap.Length) break;
            var least = LeastChild(heap, child);
            if (!IsBefore(heap[least], key)) break;
            heap[at] = heap[least];
            at = least;
        }

        heap[at] = key;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool IsBefore(Key one, Key other) => one.Time < other.Time || (one.Time == other.Time && _slots[one.Slot].Order < _slots[other.Slot].Order);

    private void Rebuild()
    {
        var heap = Keys;
        var alive = 0;
        for (var i = 0; i < _keys; i++)
        {
            if (_slots[heap[i].Slot].State == Cancelled) GiveSlotBack(heap[i].Slot);
            else heap[alive++] = heap[i];
        }

        _keys = alive;
        heap = heap[..alive];
        for (var i = (alive - 2) / Arity; i >= 0 && alive > 1; i--) MoveDown(heap, i, heap[i]);
    }

    private int TakeSlot()
    {
        if (_freeSlot >= 0)
        {
            var slot = _freeSlot;
            _freeSlot = _slots[slot].State;
            return slot;
        }

        if (_usedSlots == _slots.Length) Array.Resize(ref _slots, 2 * _usedSlots);
        return _usedSlots++;
    }

    private void GiveSlotBack(int slot)
    {
        _slots[slot] = new Slot { State = _freeSlot };
        _freeSlot = slot;
    }

    private Span<Key> Keys => MemoryMarshal.Cast<long, Key>(_memory.AsSpan(_firstKey));

    private void Grow()
    {
        var old = Keys[.._keys];
        (_memory, _firstKey) = Allocate(_capacity *= 2);
        old.CopyTo(Keys);
    }

    /// <summary>Room for keys such that the second one, with which the first group of children begins, stands at the beginning of a cache line.</summary>
    /// <returns>Pinned memory, since an array that is moved would lose its alignment, and the index of the first key in it.</returns>
    private static (long[] Memory, int FirstKey) Allocate(int capacity)
    {
        const int KeyLongs = 2, LineLongs = CacheLine / sizeof(long);
        var memory = GC.AllocateUninitializedArray<long>(checked(KeyLongs * capacity + LineLongs), pinned: true);
        var address = Marshal.UnsafeAddrOfPinnedArrayElement(memory, 0) / sizeof(long);
        return (memory, (int)((LineLongs - (address + KeyLongs) % LineLongs) % LineLongs));
    }

    // What a slot's state says: waiting, cancelled with its key still in the heap, or free and then the next free slot (−1 for none).
    private const int Pending = -2, Cancelled = -3;

    private readonly struct Key(long time, int slot)
    {
        public readonly long Time = time;
        public readonly int Slot = slot;
    }

    private struct Slot
    {
        // 0 for a free slot: no event has that order, since insertions count from 1 and priorities shift by whole 2⁴⁸.
        public long Order;
        public int State;
        public T Item;
    }
}
