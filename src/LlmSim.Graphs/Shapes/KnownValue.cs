namespace LlmSim.Graphs.Shapes;

/// <summary>The elements of a tensor in row-major order, as far as they are known. One that repeats throughout is kept once.</summary>
public sealed class KnownValue
{
    /// <summary>Tensors with more elements are followed only when all elements are the same.</summary>
    public const int MaxElements = 1024;

    private readonly Scalar[] _elements;

    private KnownValue(Scalar[] elements, bool uniform)
    {
        _elements = elements;
        IsUniform = uniform;
    }

    /// <summary>Whether all elements are the same one; a scalar is uniform.</summary>
    public bool IsUniform { get; }

    /// <summary>Elements kept; 1 when uniform.</summary>
    public int StoredCount => _elements.Length;

    /// <summary>An element; unknown beyond the end.</summary>
    public Scalar this[int index] => IsUniform ? _elements[0] : (uint)index < (uint)_elements.Length ? _elements[index] : Scalar.Unknown;

    /// <summary>A tensor, however large, all of whose elements are equal; null when the element is unknown.</summary>
    public static KnownValue? Uniform(Scalar element) => element.IsUnknown ? null : new KnownValue([element], uniform: true);

    /// <summary>A tensor with these elements; null when it is too large or nothing about it is known.</summary>
    public static KnownValue? Of(Scalar[] elements)
    {
        if (elements.Length > MaxElements) return null;
        if (elements.Length == 0) return new KnownValue(elements, uniform: false);
        var same = true;
        var known = false;
        foreach (var element in elements)
        {
            same &= element == elements[0];
            known |= !element.IsUnknown;
        }

        if (!known) return null;
        return same ? Uniform(elements[0]) : new KnownValue(elements, uniform: false);
    }

    /// <summary>The elements, for messages.</summary>
    public override string ToString() => IsUniform ? $"all {_elements[0]}" : "[" + string.Join(", ", _elements) + "]";
}
