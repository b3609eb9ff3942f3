namespace LlmSim.Kernel.Recording;

/// <summary>Records appended in batches of fixed size: nothing is copied when it grows, and nothing allocated per record.</summary>
internal sealed class Batches<T>
{
    private const int BatchSize = 4096;

    private readonly List<T[]> _batches = [];

    public long Count { get; private set; }

    public void Add(in T record)
    {
        var at = (int)(Count % BatchSize);
        if (at == 0) _batches.Add(new T[BatchSize]);
        _batches[^1][at] = record;
        Count++;
    }

    public ref readonly T this[long index] => ref _batches[(int)(index / BatchSize)][index % BatchSize];

    public IEnumerable<T> All()
    {
        for (long i = 0; i < Count; i++) yield return this[i];
    }
}
