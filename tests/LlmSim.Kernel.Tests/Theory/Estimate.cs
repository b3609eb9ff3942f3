namespace LlmSim.Kernel.Tests.Theory;

/// <summary>A mean and its confidence interval by batch means: neighbouring waits are correlated, means of long batches hardly.</summary>
internal sealed class Estimate
{
    private const int Batches = 20;

    // Student's t with 19 degrees of freedom, two-sided 99.9 %.
    private const double T = 3.883;

    public Estimate(IReadOnlyList<double> samples)
    {
        var size = samples.Count / Batches;
        var means = Enumerable.Range(0, Batches).Select(b => samples.Skip(b * size).Take(size).Average()).ToArray();
        Mean = means.Average();
        HalfWidth = T * Math.Sqrt(means.Sum(m => (m - Mean) * (m - Mean)) / (Batches - 1) / Batches);
    }

    public double Mean { get; }

    public double HalfWidth { get; }

    /// <summary>The interval holds the exact value, and is narrow enough to mean something.</summary>
    public void Holds(double exact)
    {
        Assert.InRange(exact, Mean - HalfWidth, Mean + HalfWidth);
        Assert.True(HalfWidth < 0.1 * exact, $"{Mean} ± {HalfWidth} says little about {exact}");
    }
}
