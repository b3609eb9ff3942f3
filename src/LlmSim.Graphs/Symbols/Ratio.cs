namespace LlmSim.Graphs.Symbols;

/// <summary>A quotient of two expressions: what shape arithmetic passes through on its way to floor or ceiling.</summary>
/// <param name="Numerator">Above the line.</param>
/// <param name="Denominator">Below it; not zero.</param>
internal readonly record struct Ratio(Dim Numerator, Dim Denominator)
{
    public static Ratio Unknown { get; } = new(Dim.Unknown, Dim.One);

    public static implicit operator Ratio(Dim whole) => new(whole, Dim.One);

    public static Ratio operator +(Ratio a, Ratio b) => a.Denominator == b.Denominator
        ? new(a.Numerator + b.Numerator, a.Denominator)
        : new((a.Numerator * b.Denominator) + (b.Numerator * a.Denominator), a.Denominator * b.Denominator);

    public static Ratio operator -(Ratio a) => new(-a.Numerator, a.Denominator);

    public static Ratio operator -(Ratio a, Ratio b) => a + -b;

    public static Ratio operator *(Ratio a, Ratio b) => new(a.Numerator * b.Numerator, a.Denominator * b.Denominator);

    public static Ratio operator /(Ratio a, Ratio b)
    {
        if (b.Numerator == Dim.Zero) return Unknown;
        var negative = (-b.Numerator).IsAtLeast(1);
        var quotient = new Ratio(a.Numerator * b.Denominator, a.Denominator * b.Numerator);
        if (negative) quotient = new(-quotient.Numerator, -quotient.Denominator);
        return DimFunctions.TryDivideExactly(quotient.Numerator, quotient.Denominator, out var whole) ? whole : quotient;
    }

    public bool IsWhole => Denominator == Dim.One;

    public Dim Floor => IsWhole ? Numerator : Dim.FloorDiv(Numerator, Denominator);

    public Dim Ceiling => IsWhole ? Numerator : Dim.CeilDiv(Numerator, Denominator);
}
