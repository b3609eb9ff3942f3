using LlmSim.Files;
using LlmSim.Fitting.Serving;
using LlmSim.Fitting.Validation;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Comparisons;
using LlmSim.Studies.Engines;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Tests;

namespace LlmSim.Fitting.Tests.Serving;

/// <summary>Measured vLLM runs against their replay with fitted operator times: the errors are pinned, so that a change of any part in between shows.</summary>
public sealed class ServingChecksTests
{
    // A change that moves a figure by more than this is looked at, and the pin set anew with the reason.
    private const double Slack = 0.01;

    private static readonly HardwareCatalogue s_catalogue = new(Repository.Path("hardware"));

    public static TheoryData<string, double, double, double, double> Pinned => new()
    {
        // Run, then errors of mean TTFT, TPOT, E2E and of the throughput.
        { "RTX4090_Llama-3.1-8B", 0.048, 0.044, 0.047, -0.040 },
        { "RTXPRO6000_Llama-3.1-8B", -0.013, 0.002, -0.002, 0.001 },
        { "RTXPRO6000_Qwen3-32B", -0.001, -0.008, -0.005, 0.003 },
        { "RTXPRO6000_Qwen3-30B-A3B-Instruct-2507", 0.021, 0.025, 0.025, -0.029 },
    };

    [SharedTheory]
    [MemberData(nameof(Pinned))]
    public void Replays_are_as_near_as_they_were(string folder, double ttft, double tpot, double e2e, double throughput)
    {
        var errors = Errors(folder, []);
        Assert.InRange(errors.Ttft, ttft - 2 * Slack, ttft + 2 * Slack); // amplified by the queue
        Assert.InRange(errors.Tpot, tpot - Slack, tpot + Slack);
        Assert.InRange(errors.E2e, e2e - Slack, e2e + Slack);
        Assert.InRange(errors.Throughput, throughput - Slack, throughput + Slack);
    }

    [SharedFact]
    public void A_constant_that_changes_is_noticed()
    {
        const string Run = "RTXPRO6000_Llama-3.1-8B";
        var pinned = Errors(Run, []).Tpot;
        // A millisecond more around each pass; a twentieth less memory bandwidth; a host that is not hidden.
        Assert.True(Errors(Run, ["engine.stepNanoseconds=1670000"]).Tpot > pinned + Slack);
        Assert.True(Errors(Run, [$"machine.memoryBandwidthBytesPerSecond={0.95 * s_catalogue.Find("rtx-pro-6000").MemoryBandwidthBytesPerSecond:F0}"]).Tpot > pinned + Slack);
        Assert.True(Errors(Run, ["engine.asyncScheduling=false"]).Tpot > pinned + Slack);
    }

    [SharedFact]
    public void Engine_constants_are_those_that_a_fit_writes()
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-").FullName;
        try
        {
            var engine = EngineFit.Run(SharedData.Path("data"), s_catalogue)!;
            var path = Path.Combine(folder, "engines.json");
            File.Copy(EngineTimes.PathIn(s_catalogue.Folder), path);
            EngineTimesWriter.Write(path, engine);
            Assert.Equal(File.ReadAllText(EngineTimes.PathIn(s_catalogue.Folder)), File.ReadAllText(path));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [SharedFact]
    public void Every_figure_is_a_row_with_its_target()
    {
        var report = ValidationRun.Run(SharedData.Path("data"), new ValidationOptions { Only = "serving" }, catalogue: s_catalogue);
        var figures = report.Rows.Where(r => r.Figure is not null && r.Data.StartsWith(MeasuredRun.Data, StringComparison.Ordinal)).ToList();
        Assert.Equal(4 * 10, figures.Count);
        Assert.All(figures, r => Assert.Equal(Math.Abs(r.Figure!.Value.Predicted / r.Figure.Value.Measured - 1), r.Errors.Mean, 9));
        Assert.All(figures, r => Assert.Equal(r.Subject.Contains(" p9", StringComparison.Ordinal) ? 0.08 : 0.05, r.Target));
        Assert.Empty(report.Regressions.Select(r => r.Device + " " + r.Subject));
        Assert.Equal(4, report.Replays.Count);
        Assert.Contains("vLLM 0.19, Qwen3-32B, TP 2: TTFT mean", report.ToMarkdown(), StringComparison.Ordinal);
    }

    [Fact]
    public void Without_the_runs_they_are_left_out_with_a_word()
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "operators"));
            var report = ValidationRun.Run(folder, new ValidationOptions { Only = "serving" }, catalogue: s_catalogue);
            Assert.Empty(report.Rows);
            Assert.True(report.Notes.Count >= 4);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Ttft, double Tpot, double E2e, double Throughput) Errors(string folder, string[] changes)
    {
        var data = SharedData.Path("data");
        var run = MeasuredRun.All.First(r => r.Folder == folder);
        var file = run.Load(data, s_catalogue);
        if (changes.Length > 0) file = Studies.Scenarios.ScenarioFile.Parse(file.Path, file.Root, changes);
        var (told, seen) = (ScenarioRun.Execute(file).Summary, RunLoader.Load(run.RequestsIn(data)).Summary);
        double Error(Func<Summary, double> of) => of(told) / of(seen) - 1;
        return (Error(s => s.Ttft.Mean), Error(s => s.Tpot.Mean), Error(s => s.E2e.Mean), Error(s => s.Throughput.OutputTokensPerSecond));
    }
}
