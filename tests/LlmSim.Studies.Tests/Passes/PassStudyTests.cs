using LlmSim.Files;
using LlmSim.Studies.Passes;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Passes;

public sealed class PassStudyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ScenarioFile Scenario(string more)
    {
        var path = Path.Combine(_folder, "study.json");
        File.WriteAllText(path, "{ \"model\": \"smollm-135m\", \"machine\": { \"hardware\": \"a6000\" }, \"time\": \"ideal\", " + more + " }");
        return ScenarioFile.Load(path);
    }

    [Fact]
    public void A_point_is_what_a_single_pass_of_its_values_gives()
    {
        var study = PassStudy.Execute(Scenario("""
            "pass": { "phase": "decode" },
            "axes": { "pass.batch": [1, 3], "precision.weights": ["fp16", "int4"], "precision.kv": ["fp16", "int8"], "pass.context": { "from": 10, "to": 30, "steps": 3 } },
            "zip": [["precision.weights", "precision.kv"]]
            """));
        Assert.Equal(12, study.Points.Count);
        foreach (var point in study.Points)
        {
            var values = point.Values.ToDictionary(v => v.Key, v => v.Value);
            foreach (var (group, place) in study.Axes.Groups.Zip(point.Places))
                Assert.All(group, a => Assert.Equal(a.Values[place].Text, values[a.Path].Text));
            var alone = PassStudy.Execute(Scenario($$"""
                "pass": { "phase": "decode", "batch": {{values["pass.batch"].Text}}, "context": {{values["pass.context"].Text}} },
                "precision": { "weights": "{{values["precision.weights"].Text}}", "kv": "{{values["precision.kv"].Text}}" }
                """)).Points.Single().Answer;
            foreach (var metric in PassMetric.All) Assert.Equal(metric.Of(alone), metric.Of(point.Answer));
        }
    }

    [Fact]
    public void Parts_of_a_pass_add_up_to_no_more_than_the_whole_under_either_counting()
    {
        foreach (var rules in new[] { "standard", "llm-viewer" })
        {
            var answer = PassStudy.Execute(Scenario($$"""
                "pass": { "phase": "prefill", "prompt": 512, "attention": "unfused", "rules": "{{rules}}" }
                """)).Points.Single().Answer;
            double Of(string name) => PassMetric.Named(name).Of(answer);
            Assert.True(Of("linear_seconds") > 0 && Of("attention_seconds") > 0);
            Assert.InRange(Of("linear_seconds") + Of("attention_seconds"), 0.3 * answer.Seconds, answer.Seconds * 1.000001);
            Assert.InRange(Of("linear_bytes") + Of("attention_bytes"), 0.3 * answer.Bytes, answer.Bytes * 1.000001);
        }
    }

    [Fact]
    public void Bandwidth_set_in_the_scenario_stands_for_that_of_the_hardware_file()
    {
        var answer = PassStudy.Execute(ScenarioFile.Load(Scenario("\"pass\": { \"batch\": 1 }").Path, ["machine.memoryBandwidthBytesPerSecond=100e9"])).Points.Single().Answer;
        Assert.Equal(100e9, answer.Question.Device.MemoryBandwidthBytesPerSecond);
        Assert.Equal(answer.Bytes / 100e9, answer.Seconds, answer.Seconds * 1e-3);
    }

    [Theory]
    [InlineData("\"axes\": { \"pass.batch\": [1, 2, 4], \"pass.attention\": [\"unfused\", \"fused\"] }", "time relative-time throughput memory memory-parts-1 roofline-1 linear-time")]
    [InlineData("\"axes\": { \"pass.phase\": [\"prefill\", \"decode\"] }", "time memory-parts roofline-1 roofline-2")]
    [InlineData("\"warmUp\": 0", "roofline operators")]
    public void The_folder_holds_points_charts_and_a_page(string more, string charts)
    {
        var folder = Path.Combine(_folder, "out");
        var study = PassStudyFiles.Run(Scenario("\"pass\": { \"context\": 64, \"prompt\": 64 }, " + more), folder);
        foreach (var file in new[] { "points.csv", "points.json", "scenario.json", "run.json", "report.html" }.Concat(charts.Split(' ').SelectMany(c => new[] { c + ".svg", c + ".csv" })))
            Assert.True(new FileInfo(Path.Combine(folder, file)).Length > 100, file);
        var lines = File.ReadAllLines(Path.Combine(folder, "points.csv"));
        Assert.Equal(study.Points.Count + 1, lines.Length);
        Assert.All(lines, l => Assert.Equal(lines[0].Split(',').Length, l.Split(',').Length));
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "points.json")));
        Assert.Equal(study.Points.Count, json.RootElement.GetProperty("points").GetArrayLength());
        Assert.Equal(["out", "study.json"], Directory.GetFileSystemEntries(_folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void What_a_pass_study_cannot_do_is_refused_all_at_once()
    {
        var wrong = Assert.Throws<InputException>(() => PassStudy.Execute(Scenario("""
            "pass": { "rules": "llm-viewer", "fusions": ["norm"] }, "axes": { "machine.tensorParallel": [3] }
            """)));
        Assert.Equal(["machine.tensorParallel", "pass.fusions"], wrong.Errors.Items.Select(e => e.Member));
        var both = Assert.Throws<InputException>(() => PassStudy.Execute(Scenario("""
            "pass": {}, "axes": { "machine.placement": ["cpu-linears"], "machine.pipelineParallel": [2], "machine.offload.weights": [1] }
            """)));
        Assert.Equal(["machine.pipelineParallel", "machine.placement"], both.Errors.Items.Select(e => e.Member));
        var large = Assert.Throws<InputException>(() => PassStudy.Execute(Scenario("""
            "pass": {}, "axes": { "pass.batch": { "from": 1, "to": 200, "steps": 200 }, "pass.context": { "from": 1, "to": 200, "steps": 200 } }
            """)));
        Assert.Equal("axes", large.Errors.Items.Single().Member);
    }

    [Fact]
    public void Findings_name_the_first_point_from_which_something_holds()
    {
        var study = PassStudy.Execute(Scenario("\"pass\": { \"phase\": \"prefill\" }, \"axes\": { \"pass.prompt\": [1, 64, 4096, 8192] }"));
        var expected = study.Points.First(p => PassMetric.LinearMemoryBoundShare(p.Answer) < 0.5).Answer.Question.Length;
        Assert.Contains(PassFindings.Of(study), f => f.Contains("compute-bound from prompt " + expected, StringComparison.Ordinal));
    }
}
