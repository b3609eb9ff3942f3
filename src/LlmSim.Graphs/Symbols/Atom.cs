namespace LlmSim.Graphs.Symbols;

/// <summary>What an opaque factor of a polynomial is.</summary>
internal enum AtomKind : byte
{
    Symbol,
    FloorDiv,
    CeilDiv,
    Mod,
    Min,
    Max,
    Broadcast,
}

/// <summary>A factor that the polynomial does not look into: a symbol, or a function of two expressions. Immutable, compared by structure.</summary>
internal sealed class Atom : IEquatable<Atom>, IComparable<Atom>
{
    private readonly int _hash;

    private Atom(AtomKind kind, string name, Dim left, Dim right, int depth)
    {
        Kind = kind;
        Name = name;
        Left = left;
        Right = right;
        Depth = depth;
        _hash = kind == AtomKind.Symbol
            ? name.GetHashCode(StringComparison.Ordinal)
            : unchecked(((((int)kind * 397) + left.GetHashCode()) * 397) + right.GetHashCode());
    }

    public AtomKind Kind { get; }

    /// <summary>The symbol's name; "" for a function.</summary>
    public string Name { get; }

    public Dim Left { get; }

    public Dim Right { get; }

    /// <summary>Functions nested inside one another here: 0 for a symbol.</summary>
    public int Depth { get; }

    /// <summary>Whether it is ≥ 0 whenever all symbols are.</summary>
    public bool IsNonNegative => Kind switch
    {
        AtomKind.Symbol or AtomKind.Broadcast => true,
        AtomKind.FloorDiv or AtomKind.CeilDiv => Left.IsAtLeast(0) && Right.IsAtLeast(1),
        AtomKind.Mod => Right.IsAtLeast(1),
        AtomKind.Min => Left.IsAtLeast(0) && Right.IsAtLeast(0),
        AtomKind.Max => Left.IsAtLeast(0) || Right.IsAtLeast(0),
        _ => false,
    };

    public static Atom Symbol(string name) => new(AtomKind.Symbol, name, Dim.Zero, Dim.Zero, 0);

    public static Atom Function(AtomKind kind, Dim left, Dim right) =>
        new(kind, "", left, right, 1 + Math.Max(left.Terms.Depth, right.Terms.Depth));

    public bool TryEvaluate(DimBinding binding, out long value)
    {
        if (Kind == AtomKind.Symbol) return binding.TryGet(Name, out value);
        value = 0;
        if (!Left.TryEvaluate(binding, out var left) || !Right.TryEvaluate(binding, out var right)) return false;
        switch (Kind)
        {
            case AtomKind.FloorDiv or AtomKind.CeilDiv or AtomKind.Mod when right == 0 || (right == -1 && left == long.MinValue):
                return false;
            case AtomKind.FloorDiv:
                value = DimFunctions.FloorOf(left, right);
                return true;
            case AtomKind.CeilDiv:
                value = DimFunctions.CeilingOf(left, right);
                return true;
            case AtomKind.Mod:
                value = DimFunctions.ModuloOf(left, right);
                return true;
            case AtomKind.Min:
                value = Math.Min(left, right);
                return true;
            case AtomKind.Max:
                value = Math.Max(left, right);
                return true;
            default:
                value = left == 1 ? right : right == 1 ? left : Math.Max(left, right);
                return true;
        }
    }

    public Dim Substitute(Func<string, Dim?> replace)
    {
        if (Kind == AtomKind.Symbol) return replace(Name) ?? new Dim(Polynomial.FromAtom(this));
        var left = Left.Substitute(replace);
        var right = Right.Substitute(replace);
        return Kind switch
        {
            AtomKind.FloorDiv => Dim.FloorDiv(left, right),
            AtomKind.CeilDiv => Dim.CeilDiv(left, right),
            AtomKind.Mod => Dim.Mod(left, right),
            AtomKind.Min => Dim.Min(left, right),
            AtomKind.Max => Dim.Max(left, right),
            _ => Dim.Broadcast(left, right),
        };
    }

    public void AddSymbols(ISet<string> names)
    {
        if (Kind == AtomKind.Symbol) names.Add(Name);
        Left.AddSymbols(names);
        Right.AddSymbols(names);
    }

    public bool Equals(Atom? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || _hash != other._hash || Kind != other.Kind) return false;
        return Kind == AtomKind.Symbol
            ? string.Equals(Name, other.Name, StringComparison.Ordinal)
            : Left.Equals(other.Left) && Right.Equals(other.Right);
    }

    public override bool Equals(object? obj) => Equals(obj as Atom);

    public override int GetHashCode() => _hash;

    /// <summary>A total order that depends on structure only: symbols by name first, then functions.</summary>
    public int CompareTo(Atom? other)
    {
        if (ReferenceEquals(this, other)) return 0;
        if (other is null) return 1;
        if (Kind != other.Kind) return Kind.CompareTo(other.Kind);
        if (Kind == AtomKind.Symbol) return string.CompareOrdinal(Name, other.Name);
        var order = Left.Terms.CompareTo(other.Left.Terms);
        return order != 0 ? order : Right.Terms.CompareTo(other.Right.Terms);
    }

    public override string ToString() => Kind switch
    {
        AtomKind.Symbol => Name,
        AtomKind.FloorDiv => $"floor(({Left})/({Right}))",
        AtomKind.CeilDiv => $"ceil(({Left})/({Right}))",
        AtomKind.Mod => $"mod({Left}, {Right})",
        AtomKind.Min => $"min({Left}, {Right})",
        AtomKind.Max => $"max({Left}, {Right})",
        _ => $"broadcast({Left}, {Right})",
    };
}
