using System.Collections;

namespace LlmSim.Graphs.Collections;

/// <summary>A list that grows.</summary>
/// <remarks>
/// Implementation note: List&lt;T&gt; over value types is compiled when it is first used, also in an image that is compiled ahead, because its
/// code belongs to the runtime. A generic type of our own is compiled ahead, and every command starts cold.
/// </remarks>
internal sealed class Growing<T>(int capacity) : IReadOnlyList<T>
{
    private T[] _items = capacity == 0 ? [] : new T[capacity];

    public Growing()
        : this(0)
    {
    }

    public int Count { get; private set; }

    public ReadOnlySpan<T> Span => _items.AsSpan(0, Count);

    public T this[int index] => index < Count ? _items[index] : throw new ArgumentOutOfRangeException(nameof(index));

    public void Add(T item)
    {
        if (Count == _items.Length)
        {
            var wider = new T[Math.Max(4, 2 * Count)];
            for (var i = 0; i < Count; i++) wider[i] = _items[i];
            _items = wider;
        }

        _items[Count++] = item;
    }

    public void Clear() => Count = 0;

    public T[] ToArray()
    {
        var array = new T[Count];
        for (var i = 0; i < array.Length; i++) array[i] = _items[i];
        return array;
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0; i < Count; i++) yield return _items[i];
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
