namespace LlmSim.Charts.Layout;

/// <summary>Where a panel's plot lies and what its axes span, so that a page can point into the picture.</summary>
/// <param name="Left">Pixels from the left.</param>
/// <param name="Top">Pixels from the top.</param>
/// <param name="Right">Pixels from the left.</param>
/// <param name="Bottom">Pixels from the top.</param>
/// <param name="XMinimum">Value at the left.</param>
/// <param name="XMaximum">Value at the right.</param>
/// <param name="XIsLog">The x axis is logarithmic.</param>
/// <param name="YMinimum">Value at the bottom.</param>
/// <param name="YMaximum">Value at the top.</param>
/// <param name="YIsLog">The y axis is logarithmic.</param>
public sealed record PlotArea(
    double Left, double Top, double Right, double Bottom, double XMinimum, double XMaximum, bool XIsLog, double YMinimum, double YMaximum, bool YIsLog)
{
    /// <summary>Pixel position of a value; not finite where a log axis cannot show it.</summary>
    public (double X, double Y) At(double x, double y) =>
        (Left + Share(x, XMinimum, XMaximum, XIsLog) * (Right - Left), Bottom - Share(y, YMinimum, YMaximum, YIsLog) * (Bottom - Top));

    private static double Share(double value, double minimum, double maximum, bool log) =>
        log ? Math.Log(value / minimum) / Math.Log(maximum / minimum) : (value - minimum) / (maximum - minimum);
}
