using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LlmSim.Studies.Sweeps;
using LlmSim.Tests;
using Microsoft.Data.Sqlite;

namespace LlmSim.Cli.Tests;

/// <summary>Studies and capacity searches as their users run them.</summary>
public sealed class StudyTests : IDisposable
{
    private static readonly string s_scenario = Repository.Path("scenarios/quick-start.json");
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Folder(string name) => Path.Combine(_folder, name);

    /// <summary>kill -9 at random moments loses nothing that was finished, and the results are those of a study that was left alone.</summary>
    [Fact]
    public void A_study_that_is_killed_again_and_again_comes_to_the_same_results()
    {
        string[] study =
        [
            "sweep", s_scenario, "--set", "workload.requests=300", "--set",
            "axes={\"engine.policy\":[\"vllm-v0\",\"vllm-v1\",\"sarathi\"],\"engine.maxSequences\":[4,8,16,32],\"workload.arrivals.rate\":{\"from\":1,\"to\":10,\"steps\":10}}",
        ];
        var alone = Cli.Run([.. study, "--out", Folder("alone"), "--quiet"]);
        Assert.True(alone.ExitCode == 0, alone.Error);
        var moments = new Random(20261122);
        long known = 0;
        for (var i = 0; i < 6; i++)
        {
            using var process = Cli.Start([.. study, "--out", Folder("killed"), "--quiet"]);
            // Counted from the first result of this try on, so that a busy machine does not make it a kill before any work.
            var begun = Stopwatch.StartNew();
            while (!process.HasExited && Stored("killed") <= known && begun.Elapsed < TimeSpan.FromSeconds(60)) Thread.Sleep(5);
            Thread.Sleep(moments.Next(0, 150));
            var before = Stored("killed");
            process.Kill();
            process.WaitForExit();
            Assert.InRange(Stored("killed"), before, 120);
            known = Stored("killed");
        }

        var resumed = Cli.Run([.. study, "--out", Folder("killed"), "--quiet", "--workers", "1"]);
        Assert.True(resumed.ExitCode == 0, resumed.Error);
        foreach (var file in new[] { "points.csv", "points.json", "report.html", "goodput.svg", "throughput-ttft.csv" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(Folder("alone"), file)), File.ReadAllBytes(Path.Combine(Folder("killed"), file)));
        Assert.Equal(120, Stored("killed"));
    }

    private long Stored(string folder)
    {
        var path = Path.Combine(Folder(folder), "study.db");
        if (!File.Exists(path)) return 0;
        try
        {
            using var connection = new SqliteConnection($"Data Source={path};Mode=ReadOnly;Pooling=False");
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "SELECT COUNT(*) FROM points";
            return (long)command.ExecuteScalar()!;
        }
        catch (SqliteException)
        {
            // Its tables are just being made.
            return 0;
        }
    }

    [Fact]
    public void Everything_that_is_wrong_with_a_study_is_said_at_once()
    {
        var run = Cli.Run(
            "sweep", s_scenario, "--out", Folder("s"), "--workers", "0", "--metric", "ttft.p98", "--metric", "goodputs", "--renderer", "crayon", "--set",
            "axes={\"engine.polcy\":[\"vllm-v1\"],\"workload.arrivals.rate\":[1,-2],\"engine.maxSequences\":[4,1e20]}");
        Cli.Refused(run, "--workers", "ttft.p98", "ttft.p99", "goodputs", "--renderer", "crayon", "engine.polcy", "policy", "workload.arrivals.rate", "-2", "1e20", "2147483647");
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Every_metric_is_named_where_one_is_unknown_and_in_the_documentation()
    {
        var run = Cli.Run("sweep", s_scenario, "--out", Folder("s"), "--metric", "velocity");
        var page = File.ReadAllText(Repository.Path("docs/studies.md"));
        foreach (var metric in StudyMetric.All)
        {
            Cli.Refused(run, metric.Name);
            string[] parts = metric.Name.Split('.');
            Assert.True(
                page.Contains($"`{metric.Name}`", StringComparison.Ordinal) || parts.All(p => page.Contains($"`{p}`", StringComparison.Ordinal) || page.Contains($"`.{p}`", StringComparison.Ordinal)),
                metric.Name);
        }
    }

    [Theory]
    [InlineData("axes={\"workload.arrivals.rate\":[]}", "is empty")]
    [InlineData("axes={\"workload.arrivals.rate\":{\"from\":1,\"to\":4,\"steps\":0}}", "steps")]
    [InlineData("axes={\"workload.arrivals.rate\":{\"from\":1,\"to\":4}}", "steps")]
    [InlineData("axes={\"workload.arrivals.rate\":{\"from\":0,\"to\":4,\"steps\":3,\"scale\":\"log\"}}", "logarithmic")]
    [InlineData("axes={\"axes\":[1]}", "belongs to the whole study")]
    [InlineData("axes={\"axes.foo\":[1]}", "belongs to the whole study")]
    [InlineData("axes={\"repeat\":[1,2]}", "belongs to the whole study")]
    [InlineData("axes=[1,2]", "is not an object")]
    [InlineData("zip=[[\"model\"]]", "stands without")]
    public void Axes_that_say_nothing_are_refused(string set, string why)
    {
        Cli.Refused(Cli.Run("sweep", s_scenario, "--out", Folder("s"), "--set", set), why);
        // A plain run reads the same file.
        Cli.Refused(Cli.Run("run", s_scenario, "--out", Folder("r"), "--set", set), why);
    }

    [Fact]
    public void A_run_says_that_it_takes_no_axes()
    {
        var run = Cli.Run("run", s_scenario, "--out", Folder("r"), "--set", "workload.requests=5", "--set", "axes={\"workload.arrivals.rate\":[1,2,3]}");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("3 points, which 'llmsim sweep' runs", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_of_forward_passes_is_no_sweep() =>
        Cli.Refused(Cli.Run("sweep", Repository.Path("scenarios/survey/figure-08.json"), "--out", Folder("s")), "workload", "llmsim run");

    [Fact]
    public void A_store_of_another_study_or_version_is_refused()
    {
        string[] Study(string set) => ["sweep", s_scenario, "--out", Folder("s"), "--quiet", "--set", "workload.requests=5", "--set", "axes={\"workload.arrivals.rate\":[1]}", "--set", set];
        Assert.Equal(0, Cli.Run(Study("title=one")).ExitCode);
        Assert.Equal(0, Cli.Run(Study("title=two")).ExitCode);
        Cli.Refused(Cli.Run(Study("workload.seed=2")), "study.db", "another study", "--out");
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(Folder("s"), "study.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE about SET value = '0.0.9' WHERE name = 'program'";
            command.ExecuteNonQuery();
        }

        Cli.Refused(Cli.Run(Study("title=one")), "study.db", "another version");
    }

    [Fact]
    public void Capacity_is_found_for_each_configuration_and_the_axis_over_the_load_is_left_out()
    {
        var run = Cli.Run(
            "capacity", s_scenario, "--format", "json", "--out", Folder("c"), "--set", "workload.requests=200", "--set",
            "slo={\"ttft\":{\"p\":0.9,\"seconds\":1},\"tpot\":{\"p\":0.9,\"seconds\":0.05}}", "--set",
            "axes={\"engine.maxSequences\":[4,64],\"precision.kv\":[\"fp16\",\"fp8\"],\"workload.arrivals.rate\":[1,2,3]}");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("the axis over workload.arrivals.rate is left out", run.Error, StringComparison.Ordinal);
        var rows = run.Json.EnumerateArray().ToList();
        Assert.Equal(4, rows.Count);
        double Capacity(int row) => rows[row].GetProperty("capacity").GetDouble();
        // More seats serve more, in either precision.
        Assert.True(Capacity(2) > 1.5 * Capacity(0));
        Assert.True(Capacity(3) > 1.5 * Capacity(1));
        Assert.Contains(rows, r => r.GetProperty("onFront").GetString() == "yes");
        Assert.Equal(5, File.ReadAllLines(Path.Combine(Folder("c"), "capacity.csv")).Length);
    }

    [Fact]
    public void Programs_find_every_figure_of_a_capacity_under_a_name_and_none_where_no_load_meets_the_SLO()
    {
        string[] search =
        [
            "capacity", s_scenario, "--quiet", "--set", "workload.requests=100", "--set", "slo={\"ttft\":{\"p\":0.9,\"seconds\":2},\"tpot\":{\"p\":0.5,\"seconds\":1}}", "--set",
            "axes={\"slo.tpot.seconds\":[1,0.0001],\"workload.arrivals.rate\":[1,2],\"engine.maxSequences\":[8,16]}", "--set",
            "zip=[[\"workload.arrivals.rate\",\"engine.maxSequences\"]]",
        ];
        var run = Cli.Run([.. search, "--format", "json"]);
        Assert.True(run.ExitCode == 0, run.Error);
        var rows = run.Json.EnumerateArray().ToList();
        Assert.Equal(4, rows.Count);
        foreach (var row in rows)
        {
            var met = row.GetProperty("slo.tpot.seconds").GetDouble() == 1;
            Assert.Equal(met ? "met" : "unmet", row.GetProperty("state").GetString());
            Assert.Equal(met, row.GetProperty("capacity").GetDouble() > 0);
            Assert.Equal("requests/s", row.GetProperty("capacityUnit").GetString());
            Assert.Equal(1, row.GetProperty("seeds").GetInt32());
            Assert.Equal(JsonValueKind.Null, row.GetProperty("capacityHalfWidth").ValueKind);
            foreach (var figure in new[] { "ttftP99Seconds", "outputTokensPerSecondPerUser", "outputTokensPerSecondPerDevice", "usdPerMillionOutputTokens", "joulesPerOutputToken" })
                Assert.Equal(met ? JsonValueKind.Number : JsonValueKind.Null, row.GetProperty(figure).ValueKind);
            if (!met) Assert.Equal("", row.GetProperty("onFront").GetString());
        }

        var table = Cli.Run(search);
        Assert.Contains("no load meets the SLO: tpot p50", table.Output, StringComparison.Ordinal);
        Assert.Contains("one seed, searched to 2 %; repeat = 5 shows the noise", table.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_capacity_says_what_its_seeds_are_worth()
    {
        string[] search = ["capacity", s_scenario, "--quiet", "--set", "workload.requests=100", "--set", "slo={\"tpot\":{\"p\":0.5,\"seconds\":0.03}}"];
        var one = Cli.Run(search).Output;
        Assert.Contains("(one seed, searched to 2 %; repeat = 5 shows the noise;", one, StringComparison.Ordinal);
        Assert.Contains("Beyond it, tpot p50 is missed first.", one, StringComparison.Ordinal);
        var three = Cli.Run([.. search, "--set", "repeat=3"]).Output;
        Assert.Contains(" ± ", three, StringComparison.Ordinal);
        Assert.Contains("mean and 95 % interval of 3 seeds", three, StringComparison.Ordinal);
        Assert.Contains("There, on average over the seeds, each at its own capacity:", three, StringComparison.Ordinal);
        // A bound that no load misses before the queue grows without end.
        var loose = Cli.Run([.. search, "--set", "workload.requests=2000", "--set", "slo={\"tpot\":{\"p\":0.9,\"seconds\":100}}"]).Output;
        Assert.Contains("Beyond it, the system cannot keep up.", loose, StringComparison.Ordinal);
    }

    [Fact]
    public void An_SLO_that_no_rate_meets_is_said_with_the_best_that_was_reached()
    {
        var run = Cli.Run("capacity", s_scenario, "--set", "workload.requests=20", "--set", "slo={\"tpot\":{\"p\":0.5,\"seconds\":1e-4}}");
        Assert.Equal(1, run.ExitCode);
        Assert.Contains("No load meets the SLO", run.Output, StringComparison.Ordinal);
        Assert.Contains("tpot p50", run.Output, StringComparison.Ordinal);
        Assert.Contains("The best that was reached: TTFT p99", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_share_of_good_requests_can_be_the_promise()
    {
        double Capacity(double share) => double.Parse(
            Cli.Run("capacity", s_scenario, "--format", "csv", "--quiet", "--set", "workload.requests=200", "--set", FormattableString.Invariant($"slo={{\"goodput\":{share}}}"))
                .Output.Split('\n')[1].Split(',')[0], CultureInfo.InvariantCulture);
        var (half, most) = (Capacity(0.85), Capacity(0.9));
        Assert.True(half > most && most > 0, $"{half} {most}");
    }

    [Theory]
    [InlineData("run")]
    [InlineData("sweep")]
    [InlineData("capacity")]
    [InlineData("analyze")]
    public void A_folder_that_cannot_be_written_is_the_same_error_everywhere(string command)
    {
        var file = Folder("file");
        File.WriteAllText(file, "not a folder");
        string[] arguments = command == "analyze" ? [command, "llama-2-7b", "--on", "a6000"]
            : [command, s_scenario, "--set", "workload.requests=20", "--set", "slo={\"ttft\":{\"p\":0.9,\"seconds\":5}}"];
        var run = Cli.Run([.. arguments, "--quiet", "--out", Path.Combine(file, "out")]);
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(file, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sweep", "report.html")]
    [InlineData("sweep", ".hidden")]
    [InlineData("capacity", "capacity.csv")]
    public void What_somebody_else_wrote_is_never_replaced(string command, string name)
    {
        Directory.CreateDirectory(Folder("mine"));
        File.WriteAllText(Path.Combine(Folder("mine"), name), "precious");
        Cli.Refused(Cli.Run([.. Small(command), "--out", Folder("mine")]), "holds something that was not written here", name);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(Folder("mine"), name)));
        Assert.Single(Directory.GetFileSystemEntries(Folder("mine")));
    }

    [Fact]
    public void A_study_and_a_run_do_not_mix()
    {
        foreach (var command in new[] { "run", "sweep" })
        {
            for (var again = 0; again < 2; again++)
            {
                var run = Cli.Run([.. Small(command), "--out", Folder(command)]);
                Assert.True(run.ExitCode == 0, run.Error);
            }
        }

        var before = Directory.GetFiles(Folder("sweep"));
        Cli.Refused(Cli.Run([.. Small("sweep"), "--out", Folder("run")]), "holds something that was not written here");
        Cli.Refused(Cli.Run([.. Small("run"), "--out", Folder("sweep")]), "holds something that was not written here");
        Cli.Refused(Cli.Run([.. Small("capacity"), "--out", Folder("sweep")]), "holds something that was not written here");
        Assert.Equal(before.Order(StringComparer.Ordinal), Directory.GetFiles(Folder("sweep")).Order(StringComparer.Ordinal));
        File.WriteAllText(Path.Combine(Folder("sweep"), "notes.txt"), "mine");
        Cli.Refused(Cli.Run([.. Small("sweep"), "--out", Folder("sweep")]), "notes.txt");
    }

    private static string[] Small(string command) =>
    [
        command, s_scenario, "--quiet", "--set", "workload.requests=20", "--set", "slo={\"ttft\":{\"p\":0.9,\"seconds\":5}}", "--set",
        "axes={\"engine.maxSequences\":[4,8]}",
    ];

    [Fact]
    public void A_graph_is_written_where_it_was_meant_to_be()
    {
        var config = Folder("config.json");
        File.Copy(Repository.Path("models/configs/llama-2-7b.json"), config);
        Cli.Refused(Cli.Run("build-model", config, "--out", config), ".onnx");
        Cli.Refused(Cli.Run("build-model", config, "--out", Path.Combine(_folder, "no", "such", "model.onnx")), "does not exist");
        Assert.Equal(0, Cli.Run("build-model", config, "--out", Folder("model.onnx")).ExitCode);
    }

    [Fact]
    public void Objects_on_an_axis_are_shown_as_they_are_written()
    {
        var run = Cli.Run(
            "sweep", s_scenario, "--out", Folder("s"), "--quiet", "--set", "workload.requests=5", "--set",
            "axes={\"workload.prefixes\":[null,{\"tokens\":64}],\"engine.prefixCache\":[true,false]}");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("{\"tokens\":64}", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("an object", File.ReadAllText(Path.Combine(Folder("s"), "report.html")), StringComparison.Ordinal);
    }
}
