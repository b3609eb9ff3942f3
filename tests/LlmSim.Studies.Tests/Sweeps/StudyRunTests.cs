using LlmSim.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;
using Microsoft.Data.Sqlite;

namespace LlmSim.Studies.Tests.Sweeps;

public sealed class StudyRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Store => Path.Combine(_folder, "study.db");

    private static ScenarioFile Study(params string[] sets) => ScenarioFile.Load(
        Repository.Path("scenarios/quick-start.json"),
        ["workload.requests=60", "axes={\"workload.arrivals.rate\":[2,8,200,400],\"engine.maxSequences\":[4,256]}", .. sets]);

    [Fact]
    public void Results_do_not_depend_on_the_number_of_workers()
    {
        var one = StudyRun.Execute(Study("repeat=2"), new StudyOptions { Workers = 1 });
        var four = StudyRun.Execute(Study("repeat=2"), new StudyOptions { Workers = 4 });
        Assert.Equal(8, one.Points.Count);
        Assert.Equal(StudyTables.Csv(one), StudyTables.Csv(four));
        Assert.Equal(StudyTables.Json(one), StudyTables.Json(four));
        Assert.All(one.Points, p => Assert.Equal(2, p.Runs.Count));
        // Two seeds differ, so that the interval has a width.
        Assert.All(one.Points, p => Assert.True(p.Of(StudyMetric.Named("ttft.mean")).HalfWidth > 0));
    }

    /// <summary>What points share (models, compiled plans, constants) leaves no trace in their results: each is, note by note, what it is when run alone.</summary>
    [Theory]
    [InlineData("quick-start", "axes={\"engine.policy\":[\"vllm-v0\",\"sarathi\"],\"engine.maxBatchTokens\":[64,16384],\"workload.arrivals.rate\":[2,40]}")]
    [InlineData("tensor-parallel", "axes={\"machine.tensorParallel\":[2,4],\"machine.pipelineParallel\":[1,2],\"workload.arrivals.rate\":[1,4]}")]
    [InlineData("offloading", "axes={\"machine.offload.weights\":[0.5,1],\"workload.arrivals.users\":[1,8]}")]
    public void A_point_is_what_it_is_when_it_runs_alone(string scenario, string axes)
    {
        var file = ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), ["workload.requests=48", axes]);
        string Text(LlmSim.Studies.Metrics.Summary summary) => System.Text.Encoding.UTF8.GetString(LlmSim.Studies.Metrics.SummaryJson.Write(summary));
        foreach (var workers in new[] { 1, 3 })
        {
            var study = StudyRun.Execute(file, new StudyOptions { Workers = workers });
            foreach (var point in study.Points)
                Assert.Equal(Text(LlmSim.Studies.Runs.ScenarioRun.Execute(file.With(point.Point.Values)).Summary), Text(Assert.Single(point.Runs)));
        }
    }

    [Fact]
    public void A_study_that_was_ended_goes_on_where_it_was()
    {
        using var cancellation = new CancellationTokenSource();
        var done = 0;
        var interrupted = new StudyOptions { StorePath = Store, Workers = 1, Progress = new Now(p => { if ((done = p.Done) == 3) cancellation.Cancel(); }) };
        Assert.Throws<OperationCanceledException>(() => StudyRun.Execute(Study(), interrupted, cancellation.Token));
        Assert.Equal(3, done);
        var progress = new List<StudyProgress>();
        var resumed = StudyRun.Execute(Study(), new StudyOptions { StorePath = Store, Workers = 1, Progress = new Now(progress.Add) });
        Assert.Equal(3, progress[^1].FromStore);
        Assert.Equal(8, progress[^1].Done);
        Assert.Equal(StudyTables.Csv(StudyRun.Execute(Study())), StudyTables.Csv(resumed));
        // Another value on an axis keeps what is known.
        progress.Clear();
        StudyRun.Execute(Study("axes={\"workload.arrivals.rate\":[2,8,16],\"engine.maxSequences\":[4,256]}"), new StudyOptions { StorePath = Store, Progress = new Now(progress.Add) });
        Assert.Equal(4, progress[^1].FromStore);
    }

    [Fact]
    public void A_store_of_another_study_or_another_kind_is_refused()
    {
        StudyRun.Execute(Study(), new StudyOptions { StorePath = Store });
        var e = Assert.Throws<InputException>(() => StudyRun.Execute(Study("precision.kv=fp8"), new StudyOptions { StorePath = Store }));
        Assert.Contains("another study", e.Message, StringComparison.Ordinal);
        var nonsense = Path.Combine(_folder, "nonsense.db");
        File.WriteAllText(nonsense, "this is no database, whatever it is called, and it is long enough to be looked at");
        Assert.Throws<InputException>(() => StudyRun.Execute(Study(), new StudyOptions { StorePath = nonsense }));
    }

    [Fact]
    public void A_store_that_was_damaged_is_refused_or_not_believed()
    {
        var whole = StudyTables.Csv(StudyRun.Execute(Study("repeat=10"), new StudyOptions { StorePath = Store }));
        var bytes = File.ReadAllBytes(Store);
        var refused = 0;
        for (var at = 4096; at < bytes.Length - 4096; at += Math.Max(1, bytes.Length / 4096 / 10) * 4096)
        {
            var damaged = bytes.ToArray();
            damaged.AsSpan(at, 4096).Fill(0x5a);
            File.WriteAllBytes(Store, damaged);
            foreach (var beside in new[] { Store + "-wal", Store + "-shm" }) File.Delete(beside);
            try
            {
                Assert.Equal(whole, StudyTables.Csv(StudyRun.Execute(Study("repeat=10"), new StudyOptions { StorePath = Store })));
            }
            catch (InputException e)
            {
                Assert.Contains(Store, e.Message, StringComparison.Ordinal);
                refused++;
            }
        }

        Assert.True(refused > 0);
    }

    [Theory]
    [InlineData("zeroblob(length(summary))")]
    [InlineData("substr(summary, 1, 5)")]
    [InlineData("CAST(substr(summary, 1, 40) || x'7f' || substr(summary, 42) AS BLOB)")]
    public void A_result_that_changed_in_the_store_is_not_believed(string changed)
    {
        StudyRun.Execute(Study(), new StudyOptions { StorePath = Store });
        using (var connection = new SqliteConnection($"Data Source={Store};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"UPDATE points SET summary = {changed}";
            Assert.Equal(8, command.ExecuteNonQuery());
        }

        var e = Assert.Throws<InputException>(() => StudyRun.Execute(Study(), new StudyOptions { StorePath = Store }));
        Assert.Contains("the store is damaged", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_curve_ends_where_it_saturates_if_asked()
    {
        var result = StudyRun.Execute(Study("stopAtSaturation=true", "workload.requests=400"), new StudyOptions { Workers = 2 });
        Assert.Contains(result.Points, p => StudyTables.State(p) == "saturated");
        Assert.Contains(result.Points, p => p.WasSkipped);
        foreach (var curve in result.Points.GroupBy(p => p.Point.Values.Single(v => v.Key == "engine.maxSequences").Value.Text))
        {
            var states = curve.OrderBy(p => p.Point.Values.Single(v => v.Key == "workload.arrivals.rate").Value.Number).Select(StudyTables.State).ToList();
            var first = states.IndexOf("saturated");
            if (first >= 0) Assert.All(states.Skip(first + 1), s => Assert.Equal("skipped", s));
        }
    }

    [Fact]
    public void An_impossible_point_is_a_result()
    {
        var result = StudyRun.Execute(Study("axes={\"model\":[\"llama-2-7b\",\"llama-2-70b\"]}"));
        Assert.Equal(["finished", "impossible"], result.Points.Select(StudyTables.State));
        Assert.Contains("does not fit", result.Points[1].Impossible, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_axes_and_metrics_are_input_errors()
    {
        Assert.Throws<InputException>(() => StudyRun.Execute(Study("axes={\"workload.arivals.rate\":[2]}")));
        Assert.Throws<InputException>(() => StudyRun.Execute(Study("axes={\"workload.arrivals.rate\":[2,\"many\"]}")));
        Assert.Contains("ttft.p99", Assert.Throws<InputException>(() => StudyMetric.Named("ttft.p98")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Estimates_have_students_interval()
    {
        var e = Estimate.From([1, 2, 3]);
        Assert.Equal(2, e.Mean);
        Assert.Equal(4.303 / Math.Sqrt(3), e.HalfWidth, 9);
        Assert.True(double.IsNaN(Estimate.From([1]).HalfWidth));
        Assert.True(double.IsNaN(Estimate.From([]).Mean));
    }

    private sealed class Now(Action<StudyProgress> report) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value) => report(value);
    }
}
