namespace LlmSim.Charts.Marks;

/// <summary>One bar of a <see cref="BarsMark"/>.</summary>
/// <param name="Place">Index on the category axis.</param>
/// <param name="From">Where the bar starts on the value axis.</param>
/// <param name="To">Where it ends.</param>
/// <param name="Colour">Its colour.</param>
/// <param name="Label">Text at its end; empty: none.</param>
/// <param name="Name">What it is, for the CSV and the value under the pointer.</param>
/// <param name="Hatched">Drawn hatched: a part that does not fit, an estimate.</param>
/// <param name="Thickness">Share of the place's width or height that it covers, 0 to 1.</param>
public readonly record struct Bar(
    double Place, double From, double To, ChartColour Colour, string Label = "", string Name = "", bool Hatched = false, double Thickness = 0.7);

/// <summary>Bars along a category axis: horizontal where the y axis has the categories.</summary>
public sealed record BarsMark : Mark
{
    /// <summary>The bars; stacks are bars that start where another ends.</summary>
    public required IReadOnlyList<Bar> Bars { get; init; }

    /// <summary>The names of the segments at the last place stand in the right margin, beside them.</summary>
    public bool NameSegments { get; init; }
}
