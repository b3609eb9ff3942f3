using System.Globalization;
using System.Text.Json;
using LlmSim.Tests;

namespace LlmSim.Cli.Tests;

/// <summary>Measured operator tables as users bring them: beside a scenario, and after <c>--table</c>.</summary>
public sealed class OperatorTableTests : IDisposable
{
    private const string Products = "gemm_dtype,m,n,k,latency_ms\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    // o_proj of llama-3.1-8b (4,096 × 4,096) takes 123.4 µs for 16 rows, wherever that is written.
    [Theory]
    [InlineData("AIConfigurator", Products + "bfloat16,16,4096,4096,0.1234\nbfloat16,64,4096,4096,0.2\n", 16)]
    [InlineData("ours", "class,m,n,k,seconds\ngemm,16,4096,4096,123.4e-6\ngemm,64,4096,4096,2e-4\n", 16)]
    [InlineData("LLMServingSim", "layer,tokens,time_us\no_proj,16,123.4\nqkv_proj,16,150\no_proj,64,200\n", 16)]
    [InlineData(
        "Vidur",
        "time_stats.attn_pre_proj.median,time_stats.attn_post_proj.median,time_stats.mlp_up_proj.median,time_stats.mlp_down_proj.median,n_head,n_kv_head,n_embd,n_expanded_embd,use_gated_mlp,num_tokens,num_tensor_parallel_workers\n0.2,0.1234,0.8,0.3,32,8,4096,14336,True,16,1\n",
        16)]
    public void Analyze_gives_the_measured_time_at_a_measured_point(string whose, string text, int batch)
    {
        var table = Write("table.csv", text);
        var run = Cli.Run("analyze", "llama-3.1-8b", "--on", "a6000", "--batch", batch.ToString(CultureInfo.InvariantCulture), "--table", table, "--format", "json");
        Assert.True(run.ExitCode == 0, whose + run.Error);
        Assert.Equal(123.4e-6, Seconds(run.Json, "o_proj"), 12);
        var times = run.Json.GetProperty("timeModel");
        Assert.Equal("measured", times.GetProperty("kind").GetString());
        Assert.StartsWith("measured: gemm bf16 from table.csv (", times.GetProperty("statedError").GetString(), StringComparison.Ordinal);
        Assert.Contains("; other operators and sizes: nothing fitted on a6000; unfitted, constants of other devices: ", times.GetProperty("statedError").GetString(), StringComparison.Ordinal);
        // The head is larger than anything in these tables; attention is in none of them, which is said above and is no warning.
        var plain = Cli.Run("analyze", "llama-3.1-8b", "--on", "a6000", "--batch", "16", "--format", "json").Json;
        foreach (var name in new[] { "lm_head", "attention" }) Assert.Equal(Seconds(plain, name), Seconds(run.Json, name));
        Assert.Contains(times.GetProperty("warnings").EnumerateArray(), w => w.GetString()!.Contains("lies outside the points of table.csv; fitted times are used there", StringComparison.Ordinal));
    }

    [Fact]
    public void Tables_of_products_and_attention_add_up_and_the_output_names_both()
    {
        var products = Write("gemm.csv", Products + "bfloat16,16,4096,4096,0.1234\n");
        var attention = Write("generation.csv", "kv_cache_dtype,head_dim,num_heads,num_key_value_heads,batch_size,isl,step,latency\nbfloat16,128,32,8,16,1,1024,0.25\n");
        var run = Cli.Run("analyze", "llama-3.1-8b", "--on", "a6000", "--batch", "16", "--context", "1024", "--time", "measured", "--table", products, "--table", attention);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Matches(@"o_proj .* 123 µs", run.Output);
        Assert.Matches(@"attention .* 250 µs", run.Output);
        Assert.Contains("Operator times: measured: gemm bf16 from gemm.csv (1 point), decode-attention bf16 from generation.csv (1 point); other", run.Output, StringComparison.Ordinal);
        Assert.Contains("Warning: gemm bf16: m, n, k = ", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Everything_wrong_with_tables_is_said_at_once()
    {
        var run = Cli.Run(
            "analyze", "llama-3.1-8b", "--on", "a6000", "--time", "ideal", "--table", Write("a.csv", Products + "bfloat16,x,1,1,1\n"), "--table", Write("b.csv", "a,b\n"), "--table", "none.csv");
        Assert.Equal(2, run.ExitCode);
        Assert.Equal(4, run.Error.TrimEnd().Split('\n').Length);
        Assert.Contains("\"ideal\" stands beside --table", run.Error, StringComparison.Ordinal);
        Assert.Contains("a.csv:2: m: \"x\" is not a whole number", run.Error, StringComparison.Ordinal);
        Assert.Contains("b.csv:1: columns of no format that is known", run.Error, StringComparison.Ordinal);
        Assert.Contains("none.csv: no such file", run.Error, StringComparison.Ordinal);
        Assert.Contains("\"measured\" needs a table; name it with --table", Cli.Run("analyze", "llama-3.1-8b", "--on", "a6000", "--time", "measured").Error, StringComparison.Ordinal);
    }

    private string Scenario(string members) => Write("scenario.json", $$"""
        {
          "model": "llama-3.1-8b",
          "precision": { "weights": "bf16", "activations": "bf16", "kv": "bf16" },
          "machine": { "hardware": "rtx-4090" },
          "engine": { "policy": "vllm-v1", "maxSequences": 16 },
          "workload": { "arrivals": { "kind": "poisson", "rate": 2 }, "lengths": { "kind": "fixed", "prompt": 64, "output": 32 }, "requests": 40, "seed": 1 },
          {{members}}
        }
        """);

    [Fact]
    public void A_scenario_names_tables_relative_to_itself()
    {
        // Every size up to 64 rows takes 1 ms, so that decodes alone take 32 layers of 5 ms; longer iterations, with a prompt, are fitted.
        var rows = string.Concat(from size in new[] { (6144, 4096), (4096, 4096), (14336, 4096), (4096, 14336) } from m in new[] { 1, 64 } select $"bfloat16,{m},{size.Item1},{size.Item2},1\n");
        Write("gemm.csv", Products + rows);
        var scenario = Scenario("\"operatorTables\": [\"gemm.csv\"]");
        JsonElement Run(string name, params string[] more)
        {
            var run = Cli.Run(["run", scenario, "--out", Path.Combine(_folder, name), "--format", "json", .. more]);
            Assert.True(run.ExitCode == 0, run.Error);
            return run.Json;
        }

        var (measured, fitted) = (Run("a"), Run("b", "--set", "operatorTables=[]"));
        Assert.Equal("measured", measured.GetProperty("timeModel").GetProperty("kind").GetString());
        Assert.Contains("gemm bf16 from gemm.csv (8 points); other operators and sizes: fitted on rtx-4090", measured.GetProperty("timeModel").GetProperty("statedError").GetString(), StringComparison.Ordinal);
        Assert.InRange(measured.GetProperty("tpot").GetProperty("mean").GetDouble(), 0.1, 0.17);
        Assert.InRange(fitted.GetProperty("tpot").GetProperty("mean").GetDouble(), 0.01, 0.04);
        // lm_head is outside, and so are the batches of more than 64 tokens that prompts make.
        Assert.Contains(measured.GetProperty("notes").EnumerateArray(), n => n.GetString()!.StartsWith("gemm bf16: m, n, k = ", StringComparison.Ordinal));
        Assert.DoesNotContain(fitted.GetProperty("notes").EnumerateArray(), n => n.GetString()!.Contains("gemm.csv", StringComparison.Ordinal));
        Run("c");
        foreach (var file in new[] { "summary.json", "requests.csv", "iterations.csv", "timeline.json", "report.html" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(_folder, "a", file)), File.ReadAllBytes(Path.Combine(_folder, "c", file)));
        Assert.Contains("gemm.csv", File.ReadAllText(Path.Combine(_folder, "a", "report.html")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"operatorTables\": [\"gemm.csv\"], \"time\": \"ideal\"", "time: \"ideal\" stands beside \"operatorTables\"")]
    [InlineData("\"operatorTables\": [\"gemm.csv\"], \"time\": \"measured\", \"timeTable\": \"steps\"", "operatorTables: stands beside \"timeTable\"")]
    [InlineData("\"time\": \"measured\"", "time: \"measured\" needs a table; name an engine's step table in \"timeTable\", or measured operators in \"operatorTables\"")]
    [InlineData("\"operatorTables\": [\"gemm.csv\"], \"axes\": { \"machine.hardware\": [\"a6000\", \"a40\"] }", "axes.machine.hardware: varies the device")]
    [InlineData("\"operatorTables\": [\"gemm.csv\"], \"groups\": [{ \"count\": 1 }, { \"count\": 1, \"machine\": { \"hardware\": \"a40\" } }]", "operatorTables: are of one device, but the groups run on rtx-4090, a40")]
    [InlineData("\"operatorTables\": [\"gemm.csv\"]", "gemm.csv: no such file")]
    [InlineData("\"operatorTables\": \"gemm.csv\"", "operatorTables: \"gemm.csv\" is not a list")]
    public void What_makes_no_sense_beside_tables_is_refused(string members, string said)
    {
        var run = Cli.Run("run", Scenario(members), "--out", Path.Combine(_folder, "a"));
        Assert.Equal(2, run.ExitCode);
        Assert.Contains(said, run.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "a")));
    }

    [Fact]
    public void A_sweep_compares_tables_and_a_changed_table_is_run_anew()
    {
        var path = Write("slow.csv", Products + "bfloat16,1,4096,4096,1\nbfloat16,64,4096,4096,1\n");
        var scenario = Scenario("\"axes\": { \"operatorTables\": [[], [\"slow.csv\"]] }");
        string Sweep()
        {
            var run = Cli.Run("sweep", scenario, "--out", Path.Combine(_folder, "study"), "--format", "csv");
            Assert.True(run.ExitCode == 0, run.Error);
            return run.Output;
        }

        var first = Sweep();
        Assert.Equal(first, Sweep());
        File.WriteAllText(path, Products + "bfloat16,1,4096,4096,2\nbfloat16,64,4096,4096,2\n");
        var (before, after) = (first.Split('\n'), Sweep().Split('\n'));
        Assert.Equal(before[1], after[1]);
        Assert.NotEqual(before[2], after[2]);
    }

    [Fact]
    public void A_study_of_passes_takes_tables_too()
    {
        Write("gemm.csv", "class,m,n,k,seconds\ngemm,1,4096,4096,1e-3\ngemm,64,4096,4096,1e-3\n");
        var scenario = Write("pass.json", """
            { "model": "llama-3.1-8b", "machine": { "hardware": "a6000" }, "pass": { "phase": "decode", "context": 512 },
              "axes": { "operatorTables": [[], ["gemm.csv"]], "pass.batch": [1, 8] } }
            """);
        var run = Cli.Run("run", scenario, "--out", Path.Combine(_folder, "a"), "--format", "json");
        Assert.True(run.ExitCode == 0, run.Error);
        var seconds = run.Json.GetProperty("points").EnumerateArray().Select(p => p.GetProperty("seconds").GetDouble()).ToList();
        // 32 layers with an o_proj of 1 ms instead of some 50 µs.
        Assert.InRange(seconds[2] - seconds[0], 0.029, 0.032);
        Assert.InRange(seconds[3] - seconds[1], 0.029, 0.032);
    }

    [SharedFact]
    public void A_published_table_of_the_h100_gives_its_own_times()
    {
        const string Folder = "data/operators/aiconfigurator/h100_sxm/vllm-0.24.0/";
        var run = Cli.Run(
            "analyze", "llama-3.1-8b", "--on", "h100-80gb-sxm", "--batch", "64", "--context", "4095", "--format", "json",
            "--table", SharedData.Path(Folder + "gemm.csv.gz"), "--table", SharedData.Path(Folder + "generation_attention.csv.gz"));
        Assert.True(run.ExitCode == 0, run.Error);
        // bfloat16,64,6144,4096,0.023067
        Assert.Equal(23.067e-6, Seconds(run.Json, "qkv_proj"), 12);
        var other = Cli.Run("analyze", "llama-3.1-8b", "--on", "a100-80gb-sxm", "--table", SharedData.Path(Folder + "gemm.csv.gz"));
        Assert.Equal(2, other.ExitCode);
        Assert.Contains("was not measured on a100-80gb-sxm", other.Error, StringComparison.Ordinal);
    }

    private static double Seconds(JsonElement analysis, string name) =>
        analysis.GetProperty("operators").EnumerateArray().First(o => o.GetProperty("name").GetString() == name).GetProperty("seconds").GetDouble();
}
