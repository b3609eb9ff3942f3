using System.Collections;

namespace LlmSim.Graphs.Symbols;

/// <summary>The dimensions of a tensor, outermost first; none for a scalar. Immutable.</summary>
public sealed class Shape : IReadOnlyList<Dim>, IEquatable<Shape>
{
    private readonly Dim[] _dims;

    /// <summary>Takes over the array; the caller does not change it any more.</summary>
    public Shape(params Dim[] dims) => _dims = dims;

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new();

    /// <summary>Number of dimensions.</summary>
    public int Rank => _dims.Length;

    /// <inheritdoc/>
    public int Count => _dims.Length;

    /// <summary>The dimensions.</summary>
    public ReadOnlySpan<Dim> Dims => _dims;

    /// <summary>The dimension at a position counted from the front, 0 to <see cref="Rank"/> − 1.</summary>
    public Dim this[int index] => _dims[index];

    /// <summary>The last dimension; 1 for a scalar.</summary>
    public Dim Last => _dims.Length == 0 ? Dim.One : _dims[^1];

    /// <summary>Number of elements.</summary>
    public Dim Elements
    {
        get
        {
            var product = Dim.One;
            foreach (var dim in _dims) product *= dim;
            return product;
        }
    }

    /// <summary>Whether every dimension is a number.</summary>
    public bool IsConstant
    {
        get
        {
            foreach (var dim in _dims)
                if (!dim.IsConstant) return false;
            return true;
        }
    }

    /// <summary>The dimensions under a binding; one that it does not determine is −1.</summary>
    public long[] Evaluate(DimBinding binding)
    {
        var sizes = new long[_dims.Length];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = _dims[i].TryEvaluate(binding, out var size) ? size : -1;
        return sizes;
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && _dims.AsSpan().SequenceEqual(other._dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = _dims.Length;
        foreach (var dim in _dims) hash = unchecked((hash * 397) + dim.GetHashCode());
        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)_dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => _dims.GetEnumerator();

    /// <summary>"[batch, 32, 128]".</summary>
    public override string ToString() => "[" + string.Join(", ", _dims) + "]";
}
