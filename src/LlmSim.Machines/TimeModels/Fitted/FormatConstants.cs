using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>Constants of one class and format, unpacked, with the sizes that were measured in the order the class names them.</summary>
internal readonly struct FormatConstants<T>
    where T : struct
{
    /// <summary>Where they come from; null when nothing is known.</summary>
    public TimeConstants? Chosen { get; init; }

    /// <summary>Whether they are another device's.</summary>
    public bool Borrowed { get; init; }

    /// <summary>The constants.</summary>
    public T Values { get; init; }

    /// <summary>Whether a warning about sizes was given; shared by copies.</summary>
    public bool[] Warned { get; init; }

    public ValueRange First { get; init; }

    public ValueRange Second { get; init; }

    public ValueRange Third { get; init; }

    /// <summary>The same constants, about whose sizes nothing was said yet.</summary>
    public FormatConstants<T> Fresh() => this with { Warned = new bool[1] };

    /// <summary>Whether sizes lie within what was measured; a size that the class does not have is ignored.</summary>
    public bool Covers(double first, double second, double third) => First.Contains(first) && Second.Contains(second) && Third.Contains(third);
}

/// <summary>Choosing and unpacking constants.</summary>
internal static class FormatConstants
{
    public static FormatConstants<T> Choose<T>(ConstantSets sets, OperatorClass kind, NumberFormat? format, Func<double[], T> from)
        where T : struct
    {
        var chosen = sets.For(kind, format);
        if (chosen.Constants is not { } constants) return new FormatConstants<T> { Warned = new bool[1] };
        var ranges = constants.Measured.Select(s => s.Range).ToArray();
        return new FormatConstants<T>
        {
            Chosen = constants,
            Borrowed = !chosen.Own,
            Values = from(kind.Values(constants)),
            First = ranges.Length > 0 ? ranges[0] : ValueRange.Any,
            Second = ranges.Length > 1 ? ranges[1] : ValueRange.Any,
            Third = ranges.Length > 2 ? ranges[2] : ValueRange.Any,
            Warned = new bool[1],
        };
    }
}
