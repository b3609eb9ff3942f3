using LlmSim.Cli.Tests;
using LlmSim.Tests;

namespace LlmSim.Charts.ScottPlot.Tests;

/// <summary><c>--renderer scottplot</c> of the built program, with the renderer beside it.</summary>
public sealed class RendererOptionTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-scottplot-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_study_is_drawn_with_it()
    {
        var run = Cli.Tests.Cli.Run(
            "sweep", Repository.Path("scenarios/kv-precision.json"), "--set", "workload.requests=20", "--out", Path.Combine(_folder, "s"), "--renderer", "scottplot", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        var drawn = File.ReadAllLines(Path.Combine(_folder, "s", "goodput.png"));
        Assert.Contains("x Offered rate (requests/s)", drawn);
        Assert.Contains(drawn, line => line.StartsWith("scatter 1 2 3 4 6 |", StringComparison.Ordinal));
        // What it does not draw, and the page, are the built-in renderer's.
        Assert.True(File.Exists(Path.Combine(_folder, "s", "heat-map.svg")));
        Assert.Contains("<svg", File.ReadAllText(Path.Combine(_folder, "s", "report.html")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_is_drawn_with_it()
    {
        var run = Cli.Tests.Cli.Run(
            "run", Repository.Path("scenarios/quick-start.json"), "--set", "workload.requests=20", "--out", Path.Combine(_folder, "r"), "--renderer", "scottplot", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains(File.ReadAllLines(Path.Combine(_folder, "r", "latency.png")), line => line.StartsWith("scatter", StringComparison.Ordinal));
        Assert.False(File.Exists(Path.Combine(_folder, "r", "latency.svg")));
    }
}
