using System.Text;
using LlmSim.Files;
using LlmSim.Studies.Passes;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Runs;

public sealed class OperatorTablesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private ScenarioFile Scenario(string members)
    {
        // o_proj of llama-3.1-8b, whole and halved among two devices; decode attention, whole and halved.
        File.WriteAllText(Path.Combine(_folder, "table.csv"), """
            class,m,n,k,heads,kv_heads,head_dim,sequences,length,seconds
            gemm,8,4096,4096,,,,,,0.001
            gemm,64,4096,4096,,,,,,0.001
            gemm,8,4096,2048,,,,,,0.0005
            gemm,64,4096,2048,,,,,,0.0005
            decode-attention,,,,32,8,128,8,1025,0.002
            decode-attention,,,,16,4,128,8,1025,0.001
            """);
        var errors = new InputErrors();
        var path = Path.Combine(_folder, "scenario.json");
        var root = JsonText.Parse(path, Encoding.UTF8.GetBytes($$"""
            { "model": "llama-3.1-8b", "operatorTables": ["table.csv"], {{members}} }
            """), errors);
        errors.ThrowIfAny();
        return ScenarioFile.Parse(path, root!);
    }

    private static double Seconds(PassPoint point, string name) => point.Answer.Rows.First(r => r.Name == name).Seconds;

    private const string Pass = "\"pass\": { \"phase\": \"decode\", \"batch\": 8, \"context\": 1024 }";

    [Fact]
    public void Each_device_takes_its_part_of_the_table()
    {
        var study = PassStudy.Execute(Scenario(Pass + ", \"machine\": { \"hardware\": \"a6000\" }, \"axes\": { \"machine.tensorParallel\": [1, 2, 4] }"));
        Assert.Equal([0.001, 0.0005], study.Points.Take(2).Select(p => Math.Round(Seconds(p, "o_proj"), 12)));
        Assert.Equal([0.002, 0.001], study.Points.Take(2).Select(p => Math.Round(Seconds(p, "attention"), 12)));
        // Quarters were not measured; 8 heads are in no row, so that the statement of that point speaks of products only.
        Assert.DoesNotContain("attention bf16 from", study.Points[2].Answer.Question.StatedError, StringComparison.Ordinal);
        Assert.InRange(Seconds(study.Points[2], "attention"), 1e-6, 1e-4);
        Assert.Contains(study.Warnings, w => w.StartsWith("gemm bf16: m, n, k = 8, ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_faster_memory_keeps_the_measured_utilisation()
    {
        // The device's 768 GB/s doubled: o_proj waits for its weights only.
        var study = PassStudy.Execute(Scenario(Pass + ", \"machine\": { \"hardware\": \"a6000\" }, \"axes\": { \"machine.memoryBandwidthBytesPerSecond\": [768e9, 1536e9] }"));
        Assert.Equal(0.001, Seconds(study.Points[0], "o_proj"), 12);
        Assert.Equal(0.0005, Seconds(study.Points[1], "o_proj"), 12);
    }

    [Fact]
    public void Other_formats_than_the_tables_are_refused_with_what_is_needed()
    {
        var wrong = Assert.Throws<InputException>(() => PassStudy.Execute(Scenario(Pass + ", \"machine\": { \"hardware\": \"a6000\" }, \"precision\": { \"weights\": \"int4\", \"kv\": \"fp8\" }")));
        var error = Assert.Single(wrong.Errors.Items);
        Assert.Equal(Path.Combine(_folder, "table.csv"), error.File);
        Assert.Contains("it needs a row for gemm bf16 × int4, attention of 32 heads, 8 KV heads, width 128 with a fp8 cache", error.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Simulations_that_share_a_table_have_warnings_of_their_own()
    {
        const string Load = """
            "machine": { "hardware": "a6000" }, "engine": { "policy": "vllm-v1" },
            "workload": { "arrivals": { "kind": "all-at-once" }, "lengths": { "kind": "fixed", "prompt": 32, "output": 4 }, "requests": REQUESTS }
            """;
        var parts = new RunParts();
        RunResult Run(int requests) => ScenarioRun.Execute(Scenario(Load.Replace("REQUESTS", requests.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)), parts);
        var (first, second) = (Run(1), Run(40));
        static string Place(RunResult run) => run.Summary.Notes.Single(n => n.StartsWith("gemm bf16: ", StringComparison.Ordinal) && n.Contains("table.csv", StringComparison.Ordinal));
        Assert.NotEqual(Place(first), Place(second));
        Assert.Equal("measured", first.Summary.TimeModel.Kind);
        Assert.Equal(Place(first), Place(Run(1)));
    }
}
