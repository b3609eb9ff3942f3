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

    private readonly Term[] _terms;
    private readonly int _hash;

    private Polynomial(Term[] terms)
    {
        _terms = terms;
        foreach (var term in terms)
        {
            _hash = unchecked((_hash * 397) + term.Coefficient.GetHashCode());
            Weight++;
            foreach (var factor in term.Factors)
            {
                _hash = unchecked((_hash * 397) + factor.GetHashCode());
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

    public ReadOnlySpan<Term> Terms => _terms;

    public string? SingleSymbol =>
        _terms.Length == 1 && _terms[0].Coefficient == 1 && _terms[0].Factors.Length == 1 && _terms[0].Factors[0].Kind == AtomKind.Symbol
            && !ReferenceEquals(this, Unknown) ? _terms[0].Factors[0].Name : null;

    public static Polynomial FromConstant(long value) => value == 0 ? new([]) : new([new Term(value, [])]);

    public static Polynomial FromAtom(Atom atom) => atom.Depth > MaxDepth ? Unknown : Bounded([new Term(1, [atom])]);

    public bool TryConstant(out long value)
    {
        value = _terms.Length == 1 ? _terms[0].Coefficient : 0;
        return _terms.Length == 0 || (_terms.Length == 1 && _terms[0].Factors.Length == 0);
    }

    /// <summary>a + sign·b, sign being 1 or −1.</summary>
    public static Polynomial Add(Polynomial a, Polynomial b, int sign)
    {
        if (ReferenceEquals(a, Unknown) || ReferenceEquals(b, Unknown)) return Unknown;
        var sum = new Growing<Term>(a._terms.Length + b._terms.Length);
        int i = 0, j = 0;
        while (i < a._terms.Length || j < b._terms.Length)
        {
            var order = i == a._terms.Length ? 1 : j == b._terms.Length ? -1 : Term.Compare(a._terms[i].Factors, b._terms[j].Factors);
            if (order < 0)
            {
                sum.Add(a._terms[i++]);
                continue;
            }

            var right = b._terms[j++];
            if (right.Coefficient == long.MinValue) return Unknown;
            var coefficient = sign * right.Coefficient;
            if (order == 0)
            {
                if (!TryAdd(a._terms[i++].Coefficient, coefficient, out coefficient)) return Unknown;
            }

            if (coefficient != 0) sum.Add(right with { Coefficient = coefficient });
        }

        return Bounded(sum);
    }

    public static Polynomial Multiply(Polynomial a, Polynomial b)
    {
        if (ReferenceEquals(a, Unknown) || ReferenceEquals(b, Unknown)) return Unknown;
        if ((long)a._terms.Length * b._terms.Length > 4 * MaxTerms) return Unknown;
        var sum = FromConstant(0);
        var row = new Growing<Term>(b._terms.Length);
        foreach (var left in a._terms)
        {
            row.Clear();
            foreach (var right in b._terms)
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
        foreach (var term in _terms)
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
        foreach (var term in _terms)
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
        foreach (var term in _terms)
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
        foreach (var term in _terms)
            foreach (var factor in term.Factors) factor.AddSymbols(names);
    }

    public bool Equals(Polynomial? other)
    {
        if (ReferenceEquals(this, other)) return true;
        if (other is null || _hash != other._hash || _terms.Length != other._terms.Length) return false;
        for (var i = 0; i < _terms.Length; i++)
            if (_terms[i].Coefficient != other._terms[i].Coefficient || !_terms[i].Factors.AsSpan().SequenceEqual(other._terms[i].Factors)) return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as Polynomial);

    public override int GetHashCode() => _hash;

    public int CompareTo(Polynomial? other)
    {
        if (ReferenceEquals(this, other)) return 0;
        if (other is null) return 1;
        for (var i = 0; i < Math.Min(_terms.Length, other._terms.Length); i++)
        {
            var order = Term.Compare(_terms[i].Factors, other._terms[i].Factors);
            if (order == 0) order = _terms[i].Coefficient.CompareTo(other._terms[i].Coefficient);
            if (order != 0) return order;
        }

        return _terms.Length.CompareTo(other._terms.Length);
    }

    public override string ToString()
    {
        if (ReferenceEquals(this, Unknown)) return "?";
        var text = new StringBuilder();
        foreach (var term in _terms)
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
