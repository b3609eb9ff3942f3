using System.Globalization;
using System.Text;

namespace LlmSim.Graphs.Symbols;

/// <summary>Coefficient times a product of atoms. <see cref="Factors"/> is sorted and repeats an atom for its power.</summary>
internal readonly record struct Term(long Coefficient, Atom[] Factors)
{
    /// <summary>Graded order: a higher degree first, then by factors. A monomial order, so that long division ends.</summary>
    public static int Compare(Atom[] a, Atom[] b)
    {
        if (a.Length != b.Length) return b.Length - a.Length;
        for (var i = 0; i < a.Length; i++)
        {
            var order = a[i].CompareTo(b[i]);
            if (order != 0) return order;
        }

        return 0;
    }
}

/// <summary>A sum of terms in canonical order without zero coefficients. Immutable.</summary>
internal sealed class Polynomial : IEquatable<Polynomial>, IComparable<Polynomial>
{
    /// <summary>Bounds of an expression; beyond them it is unknown. Real graphs stay below 8 terms of degree 6, 6 deep.</summary>
    public const int MaxTerms = 32;
    public const int MaxDegree = 12;
    public const int MaxDepth = 12;
    public const int MaxWeight = 400;

    private readonly Term[] terms;
    private readonly int hash;

    private Polynomial(Term[] terms)
    {
        this.terms = terms;
        foreach (var term in terms)
        {
            hash = unchecked((hash * 397) + term.Coefficient.GetHashCode());
            Weight++;
            foreach (var factor in term.Factors)
            {
                hash = unchecked((hash * 397) + factor.GetHashCode());
                Depth = Math.Max(Depth, factor.Depth);
                Weight += 1 + (factor.Kind == AtomKind.Symbol ? 0 : factor.Left.Terms.Weight + factor.Right.Terms.Weight);
            }
        }
    }

    /// <summary>Stands for a number nobody knows.</summary>
    public static Polynomial Unknown { get; } = new([new Term(1, [Atom.Symbol("?")])]);

    public int Depth { get; }

    /// <summary>Symbols and operations in the whole expression: bounds memory and time.</summary>
    public int Weight { get; }

    public ReadOnlySpan<Term> Terms => terms;

    public string? SingleSymbol =>
        terms.Length == 1 && terms[0].Coefficient == 1 && terms[0].Factors.Length == 1 && terms[0].Factors[0].Kind == AtomKind.Symbol
            && !ReferenceEquals(this, Unknown) ? terms[0].Factors[0].Name : null;

    public static Polynomial FromConstant(long value) => value == 0 ? new([]) : new([new Term(value, [])]);

    public static Polynomial FromAtom(Atom atom) => atom.Depth > MaxDepth ? Unknown : Bounded([new Term(1, [atom])]);

    public bool TryConstant(out long value)
    {
        value = terms.Length == 1 ? terms[0].Coefficient : 0;
        return terms.Length == 0 || (terms.Length == 1 && terms[0].Factors.Length == 0);
    }

    /// <summary>a + sign·b, sign being 1 or −1.</summary>
    public static Polynomial Add(Polynomial a, Polynomial b, int sign)
    {
        if (ReferenceEquals(a, Unknown) || ReferenceEquals(b, Unknown)) return Unknown;
        var sum = new List<Term>(a.terms.Length + b.terms.Length);
        int i = 0, j = 0;
        while (i < a.terms.Length || j < b.terms.Length)
        {
            var order = i == a.terms.Length ? 1 : j == b.terms.Length ? -1 : Term.Compare(a.terms[i].Factors, b.terms[j].Factors);
            if (order < 0)
            {
                sum.Add(a.terms[i++]);
                continue;
            }

            var right = b.terms[j++];
            if (right.Coefficient == long.MinValue) return Unknown;
            var coefficient = sign * right.Coefficient;
            if (order == 0)
            {
                var total = (Int128)a.terms[i++].Coefficient + coefficient;
                if (total != (long)total) return Unknown;
                coefficient = (long)total;
            }

            if (coefficient != 0) sum.Add(right with { Coefficient = coefficient });
        }

        return Bounded(sum);
    }

    public static Polynomial Multiply(Polynomial a, Polynomial b)
    {
        if (ReferenceEquals(a, Unknown) || ReferenceEquals(b, Unknown)) return Unknown;
        if ((long)a.terms.Length * b.terms.Length > 4 * MaxTerms) return Unknown;
        var sum = FromConstant(0);
        var row = new List<Term>(b.terms.Length);
        foreach (var left in a.terms)
        {
            row.Clear();
            foreach (var right in b.terms)
            {
                var coefficient = (Int128)left.Coefficient * right.Coefficient;
                if (coefficient != (long)coefficient || left.Factors.Length + right.Factors.Length > MaxDegree) return Unknown;
                Atom[] factors = [.. left.Factors, .. right.Factors];
                Array.Sort(factors);
                row.Add(new Term((long)coefficient, factors));
            }

            row.Sort((x, y) => Term.Compare(x.Factors, y.Factors));
            sum = Add(sum, Bounded(row), 1);
        }

        return sum;
    }

    /// <summary>All coefficients but the constant term are ≥ 0 on factors that are ≥ 0, and the constant term is ≥ bound.</summary>
    public bool IsAtLeast(long bound)
    {
        long constant = 0;
        foreach (var term in terms)
        {
            if (term.Factors.Length == 0)
            {
                constant = term.Coefficient;
                continue;
            }

            if (term.Coefficient < 0) return false;
            foreach (var factor in term.Factors)
                if (!factor.IsNonNegative) return false;
        }

        return constant >= bound;
    }

    public bool TryEvaluate(DimBinding binding, out long value)
    {
        value = 0;
        if (ReferenceEquals(this, Unknown)) return false;
        Int128 sum = 0;
        foreach (var term in terms)
        {
            Int128 product = term.Coefficient;
            foreach (var factor in term.Factors)
            {
                if (!factor.TryEvaluate(binding, out var size)) return false;
                product *= size;
                if (product != (long)product) return false;
            }

            sum += product;
        }

        value = (long)sum;
        return sum == value;
    }

    /// <summary>The sum again with each atom replaced.</summary>
    public Dim Rebuilt(Func<Atom, Dim> replace)
    {
        if (ReferenceEquals(this, Unknown)) return Dim.Unknown;
        var sum = Dim.Zero;
        foreach (var term in terms)
        {
            Dim product = term.Coefficient;
            foreach (var factor in term.Factors) product *= replace(factor);
            sum += product;
        }

        return sum;
    }

    public void AddSymbols(ISet<string> names)
    {
        if (ReferenceEquals(this, Unknown)) return;
        foreach (var term in terms)
            foreach (var factor in term.Factors) factor.AddSymbols(names);
    }

    public bool Equals(Polynomial? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || hash != other.hash || terms.Length != other.terms.Length) return false;
        for (var i = 0; i < terms.Length; i++)
            if (terms[i].Coefficient != other.terms[i].Coefficient || !terms[i].Factors.AsSpan().SequenceEqual(other.terms[i].Factors)) return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as Polynomial);

    public override int GetHashCode() => hash;

    public int CompareTo(Polynomial? other)
    {
        if (ReferenceEquals(this, other)) return 0;
        if (other is null) return 1;
        for (var i = 0; i < Math.Min(terms.Length, other.terms.Length); i++)
        {
            var order = Term.Compare(terms[i].Factors, other.terms[i].Factors);
            if (order == 0) order = terms[i].Coefficient.CompareTo(other.terms[i].Coefficient);
            if (order != 0) return order;
        }

        return terms.Length.CompareTo(other.terms.Length);
    }

    public override string ToString()
    {
        if (ReferenceEquals(this, Unknown)) return "?";
        var text = new StringBuilder();
        foreach (var term in terms)
        {
            var negative = term.Coefficient < 0;
            if (text.Length > 0) text.Append(negative ? " - " : " + ");
            else if (negative) text.Append('-');
            var size = negative ? -(Int128)term.Coefficient : term.Coefficient;
            if (size != 1 || term.Factors.Length == 0) text.Append(size.ToString(CultureInfo.InvariantCulture));
            for (var i = 0; i < term.Factors.Length; i++)
            {
                if (i > 0 || size != 1) text.Append('*');
                text.Append(term.Factors[i]);
            }
        }

        return text.Length == 0 ? "0" : text.ToString();
    }

    /// <summary>Wraps sorted terms without zeros, or gives up when they are too many.</summary>
    internal static Polynomial Bounded(List<Term> terms)
    {
        if (terms.Count > MaxTerms) return Unknown;
        var polynomial = new Polynomial([.. terms]);
        return polynomial.Weight > MaxWeight ? Unknown : polynomial;
    }
}
