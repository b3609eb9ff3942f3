using System.Collections;

namespace LlmSim.Graphs.Symbols;

/// <summary>The dimensions of a tensor, outermost first; none for a scalar. Immutable.</summary>
public sealed class Shape : IReadOnlyList<Dim>, IEquatable<Shape>
{
    private readonly Dim[] dims;

    /// <summary>Takes over the array; the caller does not change it any more.</summary>
    public Shape(params Dim[] dims) => this.dims = dims;

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new();

    /// <summary>Number of dimensions.</summary>
    public int Rank => dims.Length;

    /// <inheritdoc/>
    public int Count => dims.Length;

    /// <summary>The dimensions.</summary>
    public ReadOnlySpan<Dim> Dims => dims;

    /// <summary>The dimension at a position counted from the front, 0 to <see cref="Rank"/> − 1.</summary>
    public Dim this[int index] => dims[index];

    /// <summary>The last dimension; 1 for a scalar.</summary>
    public Dim Last => dims.Length == 0 ? Dim.One : dims[^1];

    /// <summary>Number of elements.</summary>
    public Dim Elements
    {
        get
        {
            var product = Dim.One;
            foreach (var dim in dims) product *= dim;
            return product;
        }
    }

    /// <summary>Whether every dimension is a number.</summary>
    public bool IsConstant
    {
        get
        {
            foreach (var dim in dims)
                if (!dim.IsConstant) return false;
            return true;
        }
    }

    /// <summary>The dimensions under a binding; one that it does not determine is −1.</summary>
    public long[] Evaluate(DimBinding binding)
    {
        var sizes = new long[dims.Length];
        for (var i = 0; i < sizes.Length; i++) sizes[i] = dims[i].TryEvaluate(binding, out var size) ? size : -1;
        return sizes;
    }

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other is not null && dims.AsSpan().SequenceEqual(other.dims);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = dims.Length;
        foreach (var dim in dims) hash = unchecked((hash * 397) + dim.GetHashCode());
        return hash;
    }

    /// <inheritdoc/>
    public IEnumerator<Dim> GetEnumerator() => ((IEnumerable<Dim>)dims).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => dims.GetEnumerator();

    /// <summary>"[batch, 32, 128]".</summary>
    public override string ToString() => "[" + string.Join(", ", dims) + "]";
}
