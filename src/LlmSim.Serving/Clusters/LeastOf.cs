namespace LlmSim.Serving.Clusters;

/// <summary>
/// Which of many things has the least key, the first of equal ones: an indexed binary heap. A changed key costs the logarithm of their number; the least
/// and the one after it are there at once.
/// </summary>
internal sealed class LeastOf
{
    private readonly long[] _keys;
    private readonly int[] _heap;
    private readonly int[] _places;

    /// <summary>Things that all have one key.</summary>
    /// <param name="count">How many, at least 1.</param>
    /// <param name="key">The key.</param>
    public LeastOf(int count, long key)
    {
        (_keys, _heap, _places) = (new long[count], new int[count], new int[count]);
        Array.Fill(_keys, key);
        for (var i = 0; i < count; i++) _heap[i] = _places[i] = i;
    }

    /// <summary>The first of those with the least key.</summary>
    public int First => _heap[0];

    /// <summary>The least key.</summary>
    public long Key => _keys[_heap[0]];

    /// <summary>The least key of all but <see cref="First"/>; <see cref="long.MaxValue"/> where there is no other.</summary>
    public long NextKey
    {
        get
        {
            var next = _heap.Length > 1 ? _keys[_heap[1]] : long.MaxValue;
            return _heap.Length > 2 ? Math.Min(next, _keys[_heap[2]]) : next;
        }
    }

    /// <summary>Gives a thing another key.</summary>
    public void Set(int thing, long key)
    {
        if (_keys[thing] == key) return;
        _keys[thing] = key;
        Down(Up(_places[thing]));
    }

    private bool Before(int a, int b) => _keys[a] != _keys[b] ? _keys[a] < _keys[b] : a < b;

    private int Up(int place)
    {
        var thing = _heap[place];
        while (place > 0 && Before(thing, _heap[(place - 1) / 2]))
        {
            Put(place, _heap[(place - 1) / 2]);
            place = (place - 1) / 2;
        }

        Put(place, thing);
        return place;
    }

    private void Down(int place)
    {
        var thing = _heap[place];
        while (2 * place + 1 < _heap.Length)
        {
            var child = 2 * place + 1;
            if (child + 1 < _heap.Length && Before(_heap[child + 1], _heap[child])) child++;
            if (!Before(_heap[child], thing)) break;
            Put(place, _heap[child]);
            place = child;
        }

        Put(place, thing);
    }

    private void Put(int place, int thing)
    {
        _heap[place] = thing;
        _places[thing] = place;
    }
}
