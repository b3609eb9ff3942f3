using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Tests.Sweeps;

public sealed class StudyCrossingTests
{
    private static readonly Summary s_run = ScenarioRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=5"])).Summary;

    /// <summary>A study over policy and rate whose runs have the given shares of good requests.</summary>
    private static StudyResult Study(double[] first, double[] second, string more = "")
    {
        var rates = string.Join(',', first.Select((_, i) => i + 1));
        var file = ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), [$"axes={{\"engine.policy\":[\"sarathi\",\"vllm-v1\"],{more}\"workload.arrivals.rate\":[{rates}]}}"]);
        var axes = StudyAxes.Read(file);
        double[] all = [.. first, .. second];
        return new StudyResult(file, axes, [.. Enumerable.Range(0, axes.Count).Select(i => new PointOutcome(axes.Point(i), [s_run with { GoodputShare = all[i % all.Length] }], null))]);
    }

    [Fact]
    public void Curves_that_change_places_once_cross_where_straight_lines_meet()
    {
        var crossing = Assert.Single(StudyCrossing.Of(Study([1, 0.9, 0.7, 0.2], [0.8, 0.8, 0.8, 0.8])));
        Assert.Equal(("goodputShare", "workload.arrivals.rate", "sarathi", "vllm-v1", ""), (crossing.Metric.Name, crossing.Axis, crossing.First, crossing.Second, crossing.Among));
        Assert.Equal(2.5, crossing.At, 9);
        Assert.Equal("sarathi beats vllm-v1 in goodputShare up to about workload.arrivals.rate = 2.5; beyond, vllm-v1 is better.", crossing.Sentence);
        Assert.Equal("vllm-v1", Assert.Single(StudyCrossing.Of(Study([0.8, 0.8, 0.8], [0.9, 0.85, 0.6]))).First);
    }

    [Fact]
    public void Ties_and_noise_are_no_crossing()
    {
        Assert.Empty(StudyCrossing.Of(Study([1, 0.9, 0.5], [1, 0.9, 0.4])));
        Assert.Empty(StudyCrossing.Of(Study([1, 0.899, 0.5], [0.999, 0.9, 0.4])));
        // There and back again is no place from which on one is better.
        Assert.Empty(StudyCrossing.Of(Study([1, 0.5, 1], [0.8, 0.8, 0.8])));
        // A tie in between does not hide that they change places.
        Assert.Equal(2, Assert.Single(StudyCrossing.Of(Study([1, 0.8, 0.6], [0.8, 0.8, 0.8]))).At, 9);
    }

    [Fact]
    public void Only_curves_that_differ_in_one_axis_are_compared()
    {
        // Two values of maxSequences and two policies: four curves, of which four pairs differ in one axis only.
        var crossings = StudyCrossing.Of(Study([1, 0.6], [0.8, 0.8], "\"engine.maxSequences\":[8,64],"));
        Assert.NotEmpty(crossings);
        Assert.All(crossings, c => Assert.NotEmpty(c.Among));
    }
}
