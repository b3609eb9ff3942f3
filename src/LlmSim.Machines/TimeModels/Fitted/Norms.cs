namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>
/// Soft maxima N_p(a, b) = (a^p + b^p)^(1/p): two resources that overlap, but not perfectly near the point where both are busy. The larger p, the better the overlap.
/// </summary>
internal static class Norms
{
    /// <summary>p = 3.</summary>
    public static double Three(double a, double b) => Math.Cbrt(a * a * a + b * b * b);

    /// <summary>p = 4.</summary>
    public static double Four(double a, double b)
    {
        double a2 = a * a, b2 = b * b;
        return Math.Sqrt(Math.Sqrt(a2 * a2 + b2 * b2));
    }

    /// <summary>p = 8.</summary>
    public static double Eight(double a, double b)
    {
        double a2 = a * a, b2 = b * b;
        double a4 = a2 * a2, b4 = b2 * b2;
        return Math.Sqrt(Math.Sqrt(Math.Sqrt(a4 * a4 + b4 * b4)));
    }
}
