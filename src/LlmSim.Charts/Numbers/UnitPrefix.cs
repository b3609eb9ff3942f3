namespace LlmSim.Charts.Numbers;

/// <summary>Which SI prefixes a unit takes.</summary>
public enum UnitPrefix
{
    /// <summary>None: plain numbers.</summary>
    None,

    /// <summary>k, M, G, T, P: counts, bytes, FLOP/s.</summary>
    Large,

    /// <summary>n, µ, m and none above: seconds.</summary>
    Small,

    /// <summary>All: watts, joules.</summary>
    All,

    /// <summary>The value is a share of 1 and is printed as a percentage.</summary>
    Percent,
}
