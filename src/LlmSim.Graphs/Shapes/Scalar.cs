using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>
/// One element of a tensor as far as it is known: an exact expression of the graph's symbols, a quotient of two, or a plain floating-point number.
/// </summary>
public readonly struct Scalar : IEquatable<Scalar>
{
    private readonly double _real;

    internal Scalar(Ratio exact)
    {
        Exact = exact.Numerator.IsUnknown || exact.Denominator.IsUnknown ? Ratio.Unknown : exact;
        _real = double.NaN;
    }

    private Scalar(double real)
    {
        Exact = Ratio.Unknown;
        _real = real;
    }

    /// <summary>Nothing is known about it.</summary>
    public static Scalar Unknown { get; } = new(Ratio.Unknown);

    /// <summary>Whether nothing is known about it.</summary>
    public bool IsUnknown => Exact.Numerator.IsUnknown && double.IsNaN(_real);

    /// <summary>The expression, when it is whole; unknown otherwise.</summary>
    public Dim Dim => Exact.IsWhole ? Exact.Numerator : Dim.Unknown;

    internal Ratio Exact { get; }

    /// <summary>A whole number.</summary>
    public static Scalar Of(Dim value) => new((Ratio)value);

    /// <summary>A floating-point number; exact where it is a multiple of 1/4096 below 2³⁰ in size.</summary>
    public static Scalar Of(double value)
    {
        const double Steps = 4096;
        if (!(Math.Abs(value) < 1 << 30) || value * Steps != Math.Floor(value * Steps)) return new Scalar(value);
        if (value == Math.Floor(value)) return Of((Dim)(long)value);
        long above = (long)(value * Steps), below = (long)Steps;
        while ((above & 1) == 0) (above, below) = (above / 2, below / 2);
        return new Scalar(new Ratio(above, below));
    }

    /// <summary>The value when it does not depend on symbols.</summary>
    public bool TryReal(out double value)
    {
        value = _real;
        if (!Exact.Numerator.IsConstant || !Exact.Denominator.IsConstant) return !double.IsNaN(value);
        value = Exact.Numerator.Constant / (double)Exact.Denominator.Constant;
        return true;
    }

    /// <summary>The value when it is whole and does not depend on symbols.</summary>
    public bool TryInteger(out long value)
    {
        value = 0;
        if (!Exact.IsWhole || !Exact.Numerator.IsConstant) return false;
        value = Exact.Numerator.Constant;
        return true;
    }

    /// <inheritdoc/>
    public bool Equals(Scalar other) => Exact == other.Exact && _real.Equals(other._real);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Scalar other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((Exact.GetHashCode() * 397) + _real.GetHashCode());

    /// <summary>Same value, as far as known.</summary>
    public static bool operator ==(Scalar a, Scalar b) => a.Equals(b);

    /// <summary>Not the same.</summary>
    public static bool operator !=(Scalar a, Scalar b) => !a.Equals(b);

    /// <inheritdoc/>
    public override string ToString() => IsUnknown ? "?"
        : !double.IsNaN(_real) ? _real.ToString(System.Globalization.CultureInfo.InvariantCulture)
        : Exact.IsWhole ? Exact.Numerator.ToString() : $"({Exact.Numerator})/({Exact.Denominator})";
}
