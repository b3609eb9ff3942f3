namespace LlmSim.Charts.Svg;

/// <summary>From a value on an axis to a position in pixels.</summary>
internal sealed class AxisMap(ResolvedAxis axis, double from, double to)
{
    private readonly double _low = axis.IsLog ? Math.Log10(axis.Minimum) : axis.Minimum;
    private readonly double _high = axis.IsLog ? Math.Log10(axis.Maximum) : axis.Maximum;

    public ResolvedAxis Axis => axis;

    /// <summary>Position of a value that <see cref="ResolvedAxis.Accepts"/>; held within a few canvas widths so that every viewer can draw it.</summary>
    public double At(double value)
    {
        var position = ((axis.IsLog ? Math.Log10(value) : value) - _low) / (_high - _low);
        return from + Math.Clamp(position, -3, 4) * (to - from);
    }

    /// <summary>Whether a value is within the axis's ends.</summary>
    public bool Shows(double value) => axis.Shows(value);
}
