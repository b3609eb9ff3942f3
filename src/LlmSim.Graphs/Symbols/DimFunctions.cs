namespace LlmSim.Graphs.Symbols;

/// <summary>The functions that are not polynomial: they simplify what they can and become an opaque factor otherwise.</summary>
internal static class DimFunctions
{
    public static Dim FloorDiv(Dim a, Dim b) => Quotient(AtomKind.FloorDiv, a, b, FloorOf);

    public static Dim CeilDiv(Dim a, Dim b) => Quotient(AtomKind.CeilDiv, a, b, CeilingOf);

    public static Dim Mod(Dim a, Dim b)
    {
        if (a.IsUnknown || b.IsUnknown || b == Dim.Zero) return Dim.Unknown;
        if (a.IsConstant && b.IsConstant) return b.Constant == -1 ? 0 : ModuloOf(a.Constant, b.Constant);
        if (TryDivideExactly(a, b, out _)) return Dim.Zero;
        SplitMultiples(a, b, out _, out var rest);
        return Function(AtomKind.Mod, rest, b);
    }

    private static Dim Quotient(AtomKind kind, Dim a, Dim b, Func<long, long, long> of)
    {
        if (a.IsUnknown || b.IsUnknown || b == Dim.Zero) return Dim.Unknown;
        if (a.IsConstant && b.IsConstant) return a.Constant == long.MinValue && b.Constant == -1 ? Dim.Unknown : of(a.Constant, b.Constant);
        if (TryDivideExactly(a, b, out var quotient)) return quotient;
        SplitMultiples(a, b, out var whole, out var rest);
        return whole + Function(kind, rest, b);
    }

    /// <summary>Minimum or maximum.</summary>
    public static Dim Extremum(AtomKind kind, Dim a, Dim b)
    {
        if (a.IsUnknown || b.IsUnknown) return Dim.Unknown;
        if (a == b) return a;
        var difference = a - b;
        if (difference.IsAtLeast(0)) return kind == AtomKind.Max ? a : b;
        if ((-difference).IsAtLeast(0)) return kind == AtomKind.Max ? b : a;
        // min(min(x, y), y) = min(x, y)
        if (Holds(a, kind, b)) return a;
        if (Holds(b, kind, a)) return b;
        return Ordered(kind, a, b);
    }

    public static Dim Broadcast(Dim a, Dim b)
    {
        if (a == b || b == Dim.One) return a;
        if (a == Dim.One) return b;
        // A size other than 1 cannot be stretched: the other one must be equal to it or 1.
        if (a.IsConstant) return a;
        if (b.IsConstant) return b;
        if (a.IsUnknown || b.IsUnknown) return Dim.Unknown;
        if (Holds(a, AtomKind.Broadcast, b)) return a;
        if (Holds(b, AtomKind.Broadcast, a)) return b;

        // Where sizes have to agree and would, were it not for the end of some table that a slice may meet, they do in every pass that works.
        var (freeA, freeB) = (WithoutEnds(a), WithoutEnds(b));
        if (freeA == freeB && !freeA.IsUnknown) return a.Terms.Depth <= b.Terms.Depth ? a : b;
        return Ordered(AtomKind.Broadcast, a, b);
    }

    /// <summary>The expression as if no slice ended early: min(x, 1024) and max(x, 0) become x.</summary>
    private static Dim WithoutEnds(Dim dim) => dim.IsConstant || dim.Terms.Depth == 0 ? dim : dim.Terms.Rebuilt(static atom =>
    {
        if (atom.Kind == AtomKind.Symbol) return new Dim(Polynomial.FromAtom(atom));
        var (left, right) = (WithoutEnds(atom.Left), WithoutEnds(atom.Right));
        switch (atom.Kind)
        {
            case AtomKind.Min when left.IsConstant && left.Constant > 1: return right;
            case AtomKind.Min when right.IsConstant && right.Constant > 1: return left;
            case AtomKind.Max when left == Dim.Zero: return right;
            case AtomKind.Max when right == Dim.Zero: return left;
            case AtomKind.Broadcast when left == right: return left;
            default: return new Dim(Polynomial.FromAtom(atom));
        }
    });

    /// <summary>Division toward minus infinity.</summary>
    public static long FloorOf(long a, long b)
    {
        var quotient = a / b;
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
    }

    /// <summary>Division toward plus infinity.</summary>
    public static long CeilingOf(long a, long b)
    {
        var quotient = a / b;
        return a % b != 0 && (a < 0) == (b < 0) ? quotient + 1 : quotient;
    }

    /// <summary>Remainder with the divisor's sign.</summary>
    public static long ModuloOf(long a, long b)
    {
        if (b == -1) return 0;
        var rest = a % b;
        return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }

    /// <summary>Long division of polynomials; succeeds when nothing remains.</summary>
    public static bool TryDivideExactly(Dim a, Dim b, out Dim quotient)
    {
        quotient = Dim.Zero;
        if (a.IsUnknown || b.IsUnknown || b == Dim.Zero) return false;
        var lead = b.Terms.Terms[0];
        for (var steps = 0; steps <= Polynomial.MaxTerms; steps++)
        {
            if (a == Dim.Zero) return true;
            if (a.IsUnknown || !TryDivide(a.Terms.Terms[0], lead, out var part)) return false;
            quotient += part;
            a -= part * b;
        }

        return false;
    }

    private static bool TryDivide(Term a, Term b, out Dim quotient)
    {
        quotient = Dim.Zero;
        if (b.Coefficient == -1 && a.Coefficient == long.MinValue) return false;
        if (a.Coefficient % b.Coefficient != 0 || a.Factors.Length < b.Factors.Length) return false;
        var rest = new List<Atom>(a.Factors);
        foreach (var factor in b.Factors)
            if (!rest.Remove(factor)) return false;
        quotient = new Dim(Polynomial.Bounded([new Term(a.Coefficient / b.Coefficient, [.. rest])]));
        return true;
    }

    /// <summary>Writes a as whole·b + rest, taking out each term that a single-term divisor divides.</summary>
    private static void SplitMultiples(Dim a, Dim b, out Dim whole, out Dim rest)
    {
        whole = Dim.Zero;
        rest = a;
        if (b.Terms.Terms.Length != 1) return;
        var divisor = b.Terms.Terms[0];
        foreach (var term in a.Terms.Terms)
            if (TryDivide(term, divisor, out var part)) whole += part;
        rest = a - (whole * b);
        if (!b.IsConstant || b.Constant <= 0) return;

        // floor((7x + 9)/4) = x + 2 + floor((3x + 1)/4): coefficients are reduced so that equal expressions look equal.
        foreach (var term in rest.Terms.Terms)
        {
            var multiple = FloorOf(term.Coefficient, b.Constant);
            if (multiple != 0) whole += new Dim(Polynomial.Bounded([term with { Coefficient = multiple }]));
        }

        rest = a - (whole * b);
    }

    private static bool Holds(Dim outer, AtomKind kind, Dim inner)
    {
        if (outer.IsConstant || outer.Terms.Terms.Length != 1) return false;
        var term = outer.Terms.Terms[0];
        if (term.Coefficient != 1 || term.Factors.Length != 1 || term.Factors[0].Kind != kind) return false;
        var atom = term.Factors[0];
        return atom.Left == inner || atom.Right == inner || Holds(atom.Left, kind, inner) || Holds(atom.Right, kind, inner);
    }

    private static Dim Ordered(AtomKind kind, Dim a, Dim b) =>
        a.Terms.CompareTo(b.Terms) <= 0 ? Function(kind, a, b) : Function(kind, b, a);

    private static Dim Function(AtomKind kind, Dim a, Dim b) =>
        a.IsUnknown || b.IsUnknown ? Dim.Unknown : new Dim(Polynomial.FromAtom(Atom.Function(kind, a, b)));
}
