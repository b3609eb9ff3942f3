namespace LlmSim.Charts.Layout;

/// <summary>A text where it was drawn: a rectangle, possibly turned about its centre.</summary>
/// <param name="Text">What it says.</param>
/// <param name="Role">"title", "tick", "axis", "label", "key", "note", "footnote".</param>
/// <param name="CentreX">Centre of the rectangle in pixels from the left.</param>
/// <param name="CentreY">Centre of the rectangle in pixels from the top.</param>
/// <param name="Width">Width along the text in pixels.</param>
/// <param name="Height">Height across the text in pixels.</param>
/// <param name="Angle">Clockwise turn in degrees.</param>
/// <param name="FontSize">Font size in pixels.</param>
public sealed record PlacedText(
    string Text, string Role, double CentreX, double CentreY, double Width, double Height, double Angle, double FontSize)
{
    /// <summary>Whether two rectangles overlap by more than a hair (separating-axis test).</summary>
    public bool Overlaps(PlacedText other)
    {
        const double hair = 0.01;
        var (dx, dy) = (other.CentreX - CentreX, other.CentreY - CentreY);
        // Far apart in the simplest sense: most pairs.
        if (Math.Abs(dx) > (Width + Height + other.Width + other.Height) / 2) return false;
        Span<(double X, double Y)> axes = stackalloc (double, double)[4];
        Directions(axes);
        other.Directions(axes[2..]);
        foreach (var (ax, ay) in axes)
        {
            var distance = Math.Abs(dx * ax + dy * ay);
            if (distance + hair >= Reach(ax, ay) + other.Reach(ax, ay)) return false;
        }

        return true;
    }

    /// <summary>Whether it lies within a rectangle.</summary>
    public bool Inside(double left, double top, double right, double bottom)
    {
        var (rx, ry) = (Reach(1, 0), Reach(0, 1));
        return CentreX - rx >= left - 0.01 && CentreX + rx <= right + 0.01 && CentreY - ry >= top - 0.01 && CentreY + ry <= bottom + 0.01;
    }

    private void Directions(Span<(double X, double Y)> axes)
    {
        var radians = Angle * Math.PI / 180;
        var (c, s) = (Math.Cos(radians), Math.Sin(radians));
        axes[0] = (c, s);
        axes[1] = (-s, c);
    }

    /// <summary>Half of its extent along a direction.</summary>
    internal double Reach(double ax, double ay)
    {
        var radians = Angle * Math.PI / 180;
        var (c, s) = (Math.Cos(radians), Math.Sin(radians));
        return Math.Abs(c * ax + s * ay) * Width / 2 + Math.Abs(-s * ax + c * ay) * Height / 2;
    }
}
