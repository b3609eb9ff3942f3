namespace LlmSim.Charts.Numbers;

/// <summary>A unit as people write it.</summary>
/// <param name="Symbol">"s", "B", "tokens/s"; empty for a bare number.</param>
/// <param name="Prefix">Which SI prefixes it takes.</param>
/// <param name="Joined">The prefix is written without a space before the symbol: GB, but k tokens/s.</param>
public sealed record Unit(string Symbol, UnitPrefix Prefix, bool Joined = true)
{
    /// <summary>A number without a unit.</summary>
    public static Unit None { get; } = new("", UnitPrefix.Large, false);

    /// <summary>Seconds.</summary>
    public static Unit Seconds { get; } = new("s", UnitPrefix.Small);

    /// <summary>Bytes.</summary>
    public static Unit Bytes { get; } = new("B", UnitPrefix.Large);

    /// <summary>Bytes per second.</summary>
    public static Unit BytesPerSecond { get; } = new("B/s", UnitPrefix.Large);

    /// <summary>Floating-point operations.</summary>
    public static Unit Flops { get; } = new("FLOP", UnitPrefix.Large);

    /// <summary>Floating-point operations per second.</summary>
    public static Unit FlopsPerSecond { get; } = new("FLOP/s", UnitPrefix.Large);

    /// <summary>Arithmetic intensity.</summary>
    public static Unit FlopsPerByte { get; } = new("FLOP/B", UnitPrefix.Large, false);

    /// <summary>Tokens.</summary>
    public static Unit Tokens { get; } = new("tokens", UnitPrefix.Large, false);

    /// <summary>Tokens per second.</summary>
    public static Unit TokensPerSecond { get; } = new("tokens/s", UnitPrefix.Large, false);

    /// <summary>Requests.</summary>
    public static Unit Requests { get; } = new("requests", UnitPrefix.Large, false);

    /// <summary>Requests per second.</summary>
    public static Unit RequestsPerSecond { get; } = new("requests/s", UnitPrefix.Large, false);

    /// <summary>A share of 1, printed as a percentage.</summary>
    public static Unit Share { get; } = new("%", UnitPrefix.Percent);

    /// <summary>Joules.</summary>
    public static Unit Joules { get; } = new("J", UnitPrefix.All);

    /// <summary>A unit of one's own.</summary>
    /// <param name="symbol">As it is written after the number.</param>
    public static Unit Of(string symbol) => new(symbol, UnitPrefix.Large, false);
}
