using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Arithmetic on known elements: exact where both sides are, in floating point where both are plain numbers, unknown otherwise.</summary>
internal static class ScalarMath
{
    public static Scalar Add(Scalar a, Scalar b) => Exact(a, b) ? new Scalar(a.Exact + b.Exact) : Real(a, b, static (x, y) => x + y);

    public static Scalar Subtract(Scalar a, Scalar b) => Exact(a, b) ? new Scalar(a.Exact - b.Exact) : Real(a, b, static (x, y) => x - y);

    public static Scalar Multiply(Scalar a, Scalar b)
    {
        if (IsZero(a) || IsZero(b)) return Scalar.Of(Dim.Zero);
        return Exact(a, b) ? new Scalar(a.Exact * b.Exact) : Real(a, b, static (x, y) => x * y);
    }

    public static Scalar Divide(Scalar a, Scalar b) => IsZero(b) ? Scalar.Unknown
        : Exact(a, b) ? new Scalar(a.Exact / b.Exact)
        : Real(a, b, static (x, y) => x / y);

    /// <summary>Integer division rounds toward zero; for sizes that is down.</summary>
    public static Scalar DivideIntegers(Scalar a, Scalar b) => Truncate(Divide(a, b));

    public static Scalar Mod(Scalar a, Scalar b) => Scalar.Of(Dim.Mod(a.Dim, b.Dim));

    public static Scalar Power(Scalar a, Scalar b)
    {
        if (a.Exact.Numerator.IsUnknown || !b.TryInteger(out var exponent) || exponent is < 0 or > 8) return Real(a, b, Math.Pow);
        var power = Scalar.Of(Dim.One);
        for (var i = 0; i < exponent; i++) power = Multiply(power, a);
        return power;
    }

    public static Scalar Min(Scalar a, Scalar b) => IsWhole(a, b) ? Scalar.Of(Dim.Min(a.Dim, b.Dim)) : Real(a, b, Math.Min);

    public static Scalar Max(Scalar a, Scalar b) => IsWhole(a, b) ? Scalar.Of(Dim.Max(a.Dim, b.Dim)) : Real(a, b, Math.Max);

    public static Scalar Negate(Scalar a) => Subtract(Scalar.Of(Dim.Zero), a);

    public static Scalar Absolute(Scalar a) => a.Dim.IsAtLeast(0) ? a : (-a.Dim).IsAtLeast(0) ? Negate(a) : Real(a, Math.Abs);

    public static Scalar Sqrt(Scalar a) => Real(a, Math.Sqrt);

    public static Scalar Floor(Scalar a) => a.Exact.Numerator.IsUnknown ? Real(a, Math.Floor) : Scalar.Of(a.Exact.Floor);

    public static Scalar Ceiling(Scalar a) => a.Exact.Numerator.IsUnknown ? Real(a, Math.Ceiling) : Scalar.Of(a.Exact.Ceiling);

    /// <summary>Toward zero.</summary>
    public static Scalar Truncate(Scalar a)
    {
        if (a.Exact.IsWhole && !a.Exact.Numerator.IsUnknown) return a;
        if (a.TryReal(out var real)) return Math.Abs(real) < 1L << 52 ? Scalar.Of((Dim)(long)Math.Truncate(real)) : Scalar.Unknown;
        return a.Exact.Numerator.IsAtLeast(0) && a.Exact.Denominator.IsAtLeast(0) ? Scalar.Of(a.Exact.Floor) : Scalar.Unknown;
    }

    public static Scalar Equal(Scalar a, Scalar b)
    {
        if (Exact(a, b)) return Truth(Dim.AreEqual(a.Exact.Numerator * b.Exact.Denominator, b.Exact.Numerator * a.Exact.Denominator));
        return a.TryReal(out var x) && b.TryReal(out var y) ? Truth(x == y) : Scalar.Unknown;
    }

    public static Scalar Less(Scalar a, Scalar b)
    {
        if (IsWhole(a, b)) return Truth(Dim.IsLess(a.Dim, b.Dim));
        return a.TryReal(out var x) && b.TryReal(out var y) ? Truth(x < y) : Scalar.Unknown;
    }

    public static Scalar Not(Scalar a) => Truth(IsTrue(a) is { } known ? !known : null);

    public static Scalar And(Scalar a, Scalar b) => Truth(IsTrue(a) == false || IsTrue(b) == false ? false : IsTrue(a) & IsTrue(b));

    public static Scalar Or(Scalar a, Scalar b) => Truth(IsTrue(a) == true || IsTrue(b) == true ? true : IsTrue(a) | IsTrue(b));

    public static Scalar Xor(Scalar a, Scalar b) => Truth(IsTrue(a) ^ IsTrue(b));

    public static Scalar Choose(Scalar condition, Scalar yes, Scalar no) => yes == no ? yes : IsTrue(condition) switch
    {
        true => yes,
        false => no,
        null => Scalar.Unknown,
    };

    /// <summary>A function of a plain number; unknown for what depends on symbols.</summary>
    public static Scalar Real(Scalar a, Func<double, double> function) => a.TryReal(out var x) ? Scalar.Of(function(x)) : Scalar.Unknown;

    public static bool? IsTrue(Scalar a) => a.TryReal(out var real) ? real != 0 : a.Dim.IsAtLeast(1) ? true : null;

    private static Scalar Real(Scalar a, Scalar b, Func<double, double, double> function) =>
        a.TryReal(out var x) && b.TryReal(out var y) ? Scalar.Of(function(x, y)) : Scalar.Unknown;

    private static Scalar Truth(bool? truth) => truth is { } known ? Scalar.Of(known ? Dim.One : Dim.Zero) : Scalar.Unknown;

    private static bool Exact(Scalar a, Scalar b) => !a.Exact.Numerator.IsUnknown && !b.Exact.Numerator.IsUnknown;

    private static bool IsWhole(Scalar a, Scalar b) => !a.Dim.IsUnknown && !b.Dim.IsUnknown;

    private static bool IsZero(Scalar a) => a.TryInteger(out var whole) && whole == 0;
}
