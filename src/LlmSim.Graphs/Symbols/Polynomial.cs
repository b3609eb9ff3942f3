using System.Globalization;
using System.Text;
using LlmSim.Graphs.Collections;

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
        var sum = new Growing<Term>(a.terms.Length + b.terms.Length);
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
                if (!TryAdd(a.terms[i++].Coefficient, coefficient, out coefficient)) return Unknown;
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
        var row = new Growing<Term>(b.terms.Length);
        foreach (var left in a.terms)
        {
            row.Clear();
            foreach (var right in b.terms)
            {
                if (!TryMultiply(left.Coefficient, right.Coefficient, out var coefficient) || left.Factors.Length + right.Factors.Length > MaxDegree) return Unknown;
                var factors = Merged(left.Factors, right.Factors);
                row.Add(new Term(coefficient, factors));
            }

            sum = Add(sum, new Polynomial(Sorted(row)), 1);
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
        foreach (var term in terms)
        {
            var product = term.Coefficient;
            foreach (var factor in term.Factors)
                if (!factor.TryEvaluate(binding, out var size) || !TryMultiply(product, size, out product)) return false;
            if (!TryAdd(value, product, out value)) return false;
        }

        return true;
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
            var size = negative ? unchecked(0UL - (ulong)term.Coefficient) : (ulong)term.Coefficient;
            if (size != 1 || term.Factors.Length == 0) text.Append(size.ToString(CultureInfo.InvariantCulture));
            for (var i = 0; i < term.Factors.Length; i++)
            {
                if (i > 0 || size != 1) text.Append('*');
                text.Append(term.Factors[i]);
            }
        }

        return text.Length == 0 ? "0" : text.ToString();
    }

    /// <summary>Two sorted products as one.</summary>
    private static Atom[] Merged(Atom[] a, Atom[] b)
    {
        if (a.Length == 0) return b;
        if (b.Length == 0) return a;
        var merged = new Atom[a.Length + b.Length];
        int i = 0, j = 0;
        for (var k = 0; k < merged.Length; k++) merged[k] = j == b.Length || (i < a.Length && a[i].CompareTo(b[j]) <= 0) ? a[i++] : b[j++];
        return merged;
    }

    private static bool TryAdd(long a, long b, out long sum)
    {
        sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) >= 0;
    }

    private static bool TryMultiply(long a, long b, out long product) => Math.BigMul(a, b, out product) == product >> 63;

    /// <summary>Insertion sort: products have a few terms.</summary>
    private static Term[] Sorted(Growing<Term> row)
    {
        var terms = row.ToArray();
        for (var i = 1; i < terms.Length; i++)
        {
            var term = terms[i];
            var at = i;
            for (; at > 0 && Term.Compare(terms[at - 1].Factors, term.Factors) > 0; at--) terms[at] = terms[at - 1];
            terms[at] = term;
        }

        return terms;
    }

    /// <summary>Wraps sorted terms without zeros, or gives up when they are too many.</summary>
    internal static Polynomial Bounded(Growing<Term> terms)
    {
        if (terms.Count > MaxTerms) return Unknown;
        var polynomial = new Polynomial(terms.ToArray());
        return polynomial.Weight > MaxWeight ? Unknown : polynomial;
    }
}
