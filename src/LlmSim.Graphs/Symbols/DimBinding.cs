namespace LlmSim.Graphs.Symbols;

/// <summary>Sizes for the symbols of a graph.</summary>
public sealed class DimBinding
{
    private readonly Dictionary<string, long> _sizes = new(StringComparer.Ordinal);

    /// <summary>Binds a symbol, or binds it anew.</summary>
    /// <param name="symbol">Its name.</param>
    /// <param name="size">Its size, ≥ 0.</param>
    /// <returns>This binding.</returns>
    public DimBinding Set(string symbol, long size)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        _sizes[symbol] = size;
        return this;
    }

    /// <summary>The size of a symbol.</summary>
    /// <returns>False when it is not bound.</returns>
    public bool TryGet(string symbol, out long size) => _sizes.TryGetValue(symbol, out size);
}
