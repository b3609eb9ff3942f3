using LlmSim.Fitting.Regression;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Tests.Regression;

public sealed class RobustFitTests
{
    private static readonly GemmDevice s_device = new(1e15, 3e12, 132, false);

    /// <summary>Products timed by the formula itself with known constants, every tenth an outlier.</summary>
    private static FitProblem Synthetic(double[] truth, bool outliers)
    {
        var shapes = new List<GemmShape>();
        foreach (var m in new[] { 1, 8, 64, 256, 1024, 4096, 16384 })
            foreach (var n in new[] { 1024, 4096, 8192, 28672 })
                foreach (var k in new[] { 1024, 4096, 14336 }) shapes.Add(new GemmShape(m, n, k, 2, 2));
        var all = shapes.ToArray();
        var measured = all.Select((s, i) => GemmTime.Seconds(s, s_device, GemmConstants.From(truth), 0, out _, out _) * (outliers && i % 10 == 3 ? 3 : 1)).ToArray();
        return new FitProblem
        {
            Constants = GemmTime.Specs,
            Free = [true, true, true, true, true, true, false, false, false, false, false, false, false],
            Measured = measured,
            Groups = [.. all.Select(s => (int)(s.N * 31 + s.K))],
            Predict = (i, c) => GemmTime.Seconds(all[i], s_device, GemmConstants.From(c), 0, out _, out _),
        };
    }

    private static readonly double[] s_truth = [0.65, 0.7, 4e-6, 5e-6, 1.2, 2, 0.4, 5e-10, 8, 4, 1e-9, 100, 1e-3];

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Known_constants_are_found_again_outliers_or_not(bool outliers)
    {
        var problem = Synthetic(s_truth, outliers);
        var found = RobustFit.Run(problem, [.. Enumerable.Range(0, problem.Count)]);
        foreach (var i in new[] { 0, 1, 3 }) Assert.InRange(found[i], s_truth[i] * 0.95, s_truth[i] * 1.05);
    }

    [Fact]
    public void Fitting_twice_gives_the_same_bits()
    {
        var problem = Synthetic(s_truth, true);
        var rows = Enumerable.Range(0, problem.Count).ToArray();
        Assert.Equal(RobustFit.Run(problem, rows), RobustFit.Run(problem, rows));
    }

    [Fact]
    public void Constants_stay_within_their_bounds()
    {
        var problem = Synthetic([1.1, 1, 1e-8, 1e-8, 1e-3, 10, 0.4, 5e-10, 8, 4, 1e-9, 100, 1e-3], true);
        var found = RobustFit.Run(problem, [.. Enumerable.Range(0, problem.Count)]);
        for (var i = 0; i < found.Length; i++) Assert.InRange(found[i], problem.Constants[i].Low, problem.Constants[i].High);
    }

    [Fact]
    public void Held_out_rows_take_no_part_in_their_own_prediction()
    {
        // One group is ten times slower than the formula says: its own held-out error shows it in full.
        var problem = Synthetic(s_truth, false);
        var odd = problem.Groups[0];
        for (var i = 0; i < problem.Count; i++)
            if (problem.Groups[i] == odd) problem.Measured[i] *= 10;
        var result = CrossValidation.Run(problem);
        for (var i = 0; i < problem.Count; i++)
            if (problem.Groups[i] == odd) Assert.InRange(result.HeldOutPredictions[i] / problem.Measured[i], 0.08, 0.12);
    }

    [Fact]
    public void Statistics_are_those_of_the_definition()
    {
        var s = ErrorStatistics.Of([0.1, -0.3, 0.2, 0]);
        Assert.Equal(4, s.Points);
        Assert.Equal(0.15, s.Mean, 12);
        Assert.Equal(0.15, s.Median, 12);
        Assert.Equal(0.3, s.Worst, 12);
        Assert.Equal(0.05, s.Bias, 12);
        Assert.Equal(0.25, s.Beyond25, 12);
    }
}
