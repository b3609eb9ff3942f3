namespace LlmSim.Graphs.Symbols;

/// <summary>
/// A whole number that may depend on named symbols: a dimension, or an element of an integer tensor that feeds shapes.
/// It is a polynomial with integer coefficients; floor division, modulo, minimum, maximum and broadcasting are opaque factors.
/// Equal expressions have one canonical form, so <see cref="Equals(Dim)"/> compares meaning for polynomials.
/// Symbols stand for sizes, hence for numbers ≥ 0; comparisons use that.
/// </summary>
/// <remarks>Growth is bounded: an expression that becomes too large or overflows turns into <see cref="Unknown"/>.</remarks>
public readonly struct Dim : IEquatable<Dim>
{
    private readonly long _constant;
    private readonly Polynomial? _polynomial;

    internal Dim(Polynomial polynomial)
    {
        if (polynomial.TryConstant(out _constant)) return;
        _polynomial = polynomial;
    }

    private Dim(long constant) => _constant = constant;

    /// <summary>A number nobody knows. Arithmetic with it gives unknown; it is not even equal to another unknown in meaning.</summary>
    public static Dim Unknown { get; } = new(Polynomial.Unknown);

    /// <summary>Zero.</summary>
    public static Dim Zero => default;

    /// <summary>One.</summary>
    public static Dim One { get; } = new(1);

    /// <summary>Whether it depends on nothing.</summary>
    public bool IsConstant => _polynomial is null;

    /// <summary>Whether nothing at all is known about it.</summary>
    public bool IsUnknown => ReferenceEquals(_polynomial, Polynomial.Unknown);

    /// <summary>Its value.</summary>
    /// <exception cref="InvalidOperationException">It is not constant.</exception>
    public long Constant => _polynomial is null ? _constant : throw new InvalidOperationException($"{this} is not a constant");

    /// <summary>The name when this is exactly one symbol; null otherwise.</summary>
    public string? SymbolName => _polynomial?.SingleSymbol;

    internal Polynomial Terms => _polynomial ?? Polynomial.FromConstant(_constant);

    /// <summary>A number.</summary>
    public static Dim Of(long value) => new(value);

    /// <summary>A symbol.</summary>
    public static Dim Symbol(string name) => new(Polynomial.FromAtom(Atom.Symbol(name)));

    /// <summary>A number.</summary>
    public static implicit operator Dim(long value) => new(value);

    /// <summary>Sum.</summary>
    public static Dim operator +(Dim a, Dim b)
    {
        if (a._polynomial is null && b._polynomial is null)
        {
            var sum = unchecked(a._constant + b._constant);
            return ((a._constant ^ sum) & (b._constant ^ sum)) < 0 ? Unknown : new Dim(sum);
        }

        return new Dim(Polynomial.Add(a.Terms, b.Terms, 1));
    }

    /// <summary>Difference.</summary>
    public static Dim operator -(Dim a, Dim b)
    {
        if (a._polynomial is null && b._polynomial is null)
        {
            var difference = unchecked(a._constant - b._constant);
            return ((a._constant ^ b._constant) & (a._constant ^ difference)) < 0 ? Unknown : new Dim(difference);
        }

        return new Dim(Polynomial.Add(a.Terms, b.Terms, -1));
    }

    /// <summary>Negation.</summary>
    public static Dim operator -(Dim a) => Zero - a;

    /// <summary>Product.</summary>
    public static Dim operator *(Dim a, Dim b)
    {
        if (a._polynomial is null && b._polynomial is null)
            return Math.BigMul(a._constant, b._constant, out var low) == low >> 63 ? new Dim(low) : Unknown;
        if (a._polynomial is null && a._constant == 0 || b._polynomial is null && b._constant == 0) return Zero;
        if (a._polynomial is null && a._constant == 1) return b;
        if (b._polynomial is null && b._constant == 1) return a;
        return new Dim(Polynomial.Multiply(a.Terms, b.Terms));
    }

    /// <summary>Whether both are the same expression.</summary>
    public static bool operator ==(Dim a, Dim b) => a.Equals(b);

    /// <summary>Whether they are different expressions.</summary>
    public static bool operator !=(Dim a, Dim b) => !a.Equals(b);

    /// <summary>⌊a / b⌋; unknown when b is zero.</summary>
    public static Dim FloorDiv(Dim a, Dim b) => DimFunctions.FloorDiv(a, b);

    /// <summary>⌈a / b⌉; unknown when b is zero.</summary>
    public static Dim CeilDiv(Dim a, Dim b) => DimFunctions.CeilDiv(a, b);

    /// <summary>a − b·⌊a / b⌋; unknown when b is zero.</summary>
    public static Dim Mod(Dim a, Dim b) => DimFunctions.Mod(a, b);

    /// <summary>The smaller one.</summary>
    public static Dim Min(Dim a, Dim b) => DimFunctions.Extremum(AtomKind.Min, a, b);

    /// <summary>The larger one.</summary>
    public static Dim Max(Dim a, Dim b) => DimFunctions.Extremum(AtomKind.Max, a, b);

    /// <summary>The dimension that comes out when both meet in an element-wise operator: the one that is not 1.</summary>
    public static Dim Broadcast(Dim a, Dim b) => DimFunctions.Broadcast(a, b);

    /// <summary>Whether it is certainly ≥ <paramref name="bound"/> for all sizes of its symbols.</summary>
    public bool IsAtLeast(long bound) => IsUnknown ? false : _polynomial is null ? _constant >= bound : _polynomial.IsAtLeast(bound);

    /// <summary>Whether they are equal for all, or for no sizes of their symbols; null when that depends, or is unknown.</summary>
    public static bool? AreEqual(Dim a, Dim b)
    {
        var difference = a - b;
        if (difference.IsUnknown) return null;
        if (difference.IsConstant) return difference._constant == 0;
        return difference.IsAtLeast(1) || (-difference).IsAtLeast(1) ? false : null;
    }

    /// <summary>Whether a &lt; b for all, or for no sizes of their symbols; null when that depends, or is unknown.</summary>
    public static bool? IsLess(Dim a, Dim b)
    {
        var difference = b - a;
        if (difference.IsUnknown) return null;
        if (difference.IsAtLeast(1)) return true;
        return (-difference).IsAtLeast(0) ? false : null;
    }

    /// <summary>The value under a binding of its symbols.</summary>
    /// <returns>False when a symbol is not bound, a divisor is zero, or the value does not fit 64 bits.</returns>
    public bool TryEvaluate(DimBinding binding, out long value)
    {
        value = _constant;
        return _polynomial is null || _polynomial.TryEvaluate(binding, out value);
    }

    /// <summary>The expression with symbols replaced.</summary>
    /// <param name="replace">What a symbol becomes; null keeps it.</param>
    public Dim Substitute(Func<string, Dim?> replace)
    {
        if (_polynomial is null) return this;
        return SymbolName is { } name ? replace(name) ?? this : _polynomial.Rebuilt(atom => atom.Substitute(replace));
    }

    /// <summary>Adds the names of all symbols in the expression.</summary>
    public void AddSymbols(ISet<string> names) => _polynomial?.AddSymbols(names);

    /// <summary>Reads a dim_param: an expression such as "past_sequence_length + 1" or, if it is none, a symbol of that name.</summary>
    public static Dim Parse(string text) => DimParser.Parse(text);

    /// <inheritdoc/>
    public bool Equals(Dim other) =>
        _polynomial is null ? other._polynomial is null && _constant == other._constant
        : other._polynomial is not null && _polynomial.Equals(other._polynomial);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Dim other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => _polynomial is null ? _constant.GetHashCode() : _polynomial.GetHashCode();

    /// <summary>The expression in canonical order: "2*batch*sequence + 1"; "?" when unknown.</summary>
    public override string ToString() =>
        _polynomial is null ? _constant.ToString(System.Globalization.CultureInfo.InvariantCulture) : _polynomial.ToString();
}
