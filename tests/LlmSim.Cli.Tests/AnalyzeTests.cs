namespace LlmSim.Cli.Tests;

public sealed class AnalyzeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_table_fits_100_columns_and_ends_with_memory_and_the_time_model()
    {
        var run = Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--context", "2048", "--time", "ideal");
        Assert.True(run.ExitCode == 0, run.Error);
        var lines = run.Output.Split('\n');
        Assert.All(lines.Where(l => !l.StartsWith("Memory", StringComparison.Ordinal) && !l.StartsWith("Operator", StringComparison.Ordinal)), l => Assert.True(l.TrimEnd().Length <= 110, l));
        Assert.Contains("Operator times: ideal", run.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', run.Output);
    }

    [Fact]
    public void Totals_are_the_sums_of_the_operators()
    {
        var json = Cli.Run("analyze", "qwen3-8b", "--on", "h100-80gb-sxm", "--prompt", "512", "--batch", "4", "--format", "json").Json;
        double flops = 0, bytes = 0, seconds = 0;
        foreach (var row in json.GetProperty("operators").EnumerateArray())
        {
            var count = row.GetProperty("count").GetInt32();
            flops += count * row.GetProperty("flops").GetDouble();
            bytes += count * row.GetProperty("bytes").GetDouble();
            seconds += count * row.GetProperty("seconds").GetDouble();
        }

        var total = json.GetProperty("total");
        Assert.Equal(flops, total.GetProperty("flops").GetDouble(), flops * 1e-12);
        Assert.Equal(bytes, total.GetProperty("bytes").GetDouble(), bytes * 1e-12);
        Assert.Equal(seconds, total.GetProperty("seconds").GetDouble(), seconds * 1e-12);
    }

    [Fact]
    public void Ranges_of_batch_and_length_give_a_point_each()
    {
        var run = Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--batch", "1..8", "--context", "512,2048", "--format", "csv");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Equal(1 + 4 * 2, run.Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public void The_kernels_of_another_library_take_their_own_times()
    {
        string[] pass = ["analyze", "llama-3.1-8b", "--on", "h100-80gb-sxm", "--prompt", "2048", "--weights", "fp8", "--format", "json"];
        double Seconds(params string[] more) => Cli.Run([.. pass, .. more]).Json.GetProperty("total").GetProperty("seconds").GetDouble();
        Assert.Equal(Seconds(), Seconds("--kernels", "vllm"));
        Assert.NotEqual(Seconds(), Seconds("--kernels", "trtllm"));
        Assert.Contains("kernels of trtllm where they were measured", Cli.Run([.. pass, "--kernels", "trtllm"]).Output, StringComparison.Ordinal);
        var unknown = Cli.Run([.. pass, "--kernels", "ollama"]);
        Assert.Equal(2, unknown.ExitCode);
        Assert.Contains("write vllm or trtllm", unknown.Error, StringComparison.Ordinal);
        Assert.Equal(2, Cli.Run([.. pass, "--kernels", "trtllm", "--time", "ideal"]).ExitCode);
    }

    [Fact]
    public void Int4_weights_quarter_the_bytes_but_for_their_scales()
    {
        double Weights(string format) => Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--weights", format, "--format", "json").Json
            .GetProperty("total").GetProperty("weightBytes").GetDouble();
        // 128 weights share 16 bits of scale and 4 of zero point: (4 + 20/128) / 16 of fp16.
        Assert.Equal((4 + 20.0 / 128) / 16, Weights("int4") / Weights("fp16"), 0.002);
        Assert.Equal(0.25, Weights("int4:g0") / Weights("fp16"), 0.002);
    }

    [Fact]
    public void A_timeline_has_every_operator_and_ends_when_the_analysis_says()
    {
        var folder = Path.Combine(_folder, "timeline");
        var run = Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--context", "512", "--time", "ideal", "--format", "json", "--timeline", folder);
        Assert.True(run.ExitCode == 0, run.Error);
        var operators = run.Json.GetProperty("operators").EnumerateArray().Sum(o => o.GetProperty("count").GetInt32());
        using var trace = System.Text.Json.JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "trace.json")));
        var spans = trace.RootElement.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        Assert.Equal(operators, spans.Count);
        var end = spans.Max(e => e.GetProperty("ts").GetDouble() + e.GetProperty("dur").GetDouble()) * 1e-6;
        Assert.Equal(run.Json.GetProperty("total").GetProperty("seconds").GetDouble(), end, 8);
        Assert.Equal(operators + 1, File.ReadAllLines(Path.Combine(folder, "activities.csv")).Length);
        Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(folder, "gantt.svg")).TrimStart(), StringComparison.Ordinal);

        run = Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--batch", "1..4", "--context", "512", "--timeline", folder);
        Cli.Refused(run, "--timeline");
    }

    [Fact]
    public void A_folder_holds_charts_data_and_a_page_that_stands_alone()
    {
        var report = Path.Combine(_folder, "report");
        var run = Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--out", report, "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        foreach (var file in new[] { "analysis.json", "operators.csv", "roofline.svg", "operators.svg", "index.html" })
            Assert.True(new FileInfo(Path.Combine(report, file)).Length > 500, file);
        var page = File.ReadAllText(Path.Combine(report, "index.html"));
        Assert.DoesNotContain("src=\"http", page, StringComparison.Ordinal);
        Assert.DoesNotContain("href=\"http", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Offloading_is_bound_by_what_is_busiest()
    {
        var (code, text, _) = Cli.Run("analyze", "llama-2-13b", "--on", "a6000", "--batch", "64", "--offload-weights", "1", "--offload-kv", "0.5");
        Assert.Equal(0, code);
        Assert.Contains("held up by copies to device, busy 100 % of it", text, StringComparison.Ordinal);
        var total = Cli.Run("analyze", "llama-2-13b", "--on", "a6000", "--batch", "64", "--offload-weights", "1", "--offload-kv", "0.5", "--format", "json").Json.GetProperty("total");
        Assert.Equal(("copies to device", "copies to device"), (total.GetProperty("limit").GetString(), total.GetProperty("busiestUnit").GetString()));
        Assert.InRange(total.GetProperty("busiestShare").GetDouble(), 0.95, 1);
        // A little that is fetched hides behind the operators, which bind the pass.
        var little = Cli.Run("analyze", "llama-2-13b", "--on", "a6000", "--batch", "64", "--offload-weights", "0.01");
        Assert.Contains("of it bound by memory", little.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("memory", "--context", "1024")]
    [InlineData("compute", "--phase", "prefill", "--prompt", "4096")]
    public void What_limits_a_pass_is_in_every_format(string limit, params string[] pass)
    {
        string[] question = ["analyze", "llama-2-7b", "--on", "a100-80gb-sxm", .. pass, "--batch", "1,2"];
        Assert.All(Cli.Run([.. question, "--format", "csv"]).Output.TrimEnd().Split('\n').Skip(1), l => Assert.EndsWith("," + limit, l.TrimEnd(), StringComparison.Ordinal));
        foreach (var point in Cli.Run([.. question, "--format", "json"]).Json.GetProperty("points").EnumerateArray())
        {
            var total = point.GetProperty("total");
            Assert.Equal(limit, total.GetProperty("limit").GetString());
            var shares = total.GetProperty("boundShares").EnumerateObject().Select(p => p.Value.GetDouble()).ToList();
            Assert.Equal(1, shares.Sum(), 9);
            Assert.Equal(shares.Max(), total.GetProperty("boundShares").GetProperty(limit).GetDouble());
            Assert.False(total.TryGetProperty("busiestUnit", out _));
        }
    }

    [Theory]
    [InlineData("10", "choose a number that divides them (1, 2, 5, 10), or a batch of 8 or 12", "12")]
    [InlineData("3", "choose a number that divides them (1, 3), or a batch of 4", "4")]
    public void Micro_batches_that_do_not_divide_the_batch_name_those_that_do(string batch, string remedy, string good)
    {
        string[] question = ["analyze", "llama-2-7b", "--on", "a100-80gb-sxm", "--pp", "4", "--micro-batches", "4"];
        var (code, _, error) = Cli.Run([.. question, "--batch", batch]);
        Assert.Equal(2, code);
        Assert.Contains(remedy, error, StringComparison.Ordinal);
        Assert.Equal(0, Cli.Run([.. question, "--batch", good]).ExitCode);
    }

    [Fact]
    public void The_same_question_gives_the_same_bytes()
    {
        string[] question = ["analyze", "gpt-oss-20b", "--on", "h100-80gb-sxm", "--batch", "8", "--format", "json"];
        Assert.Equal(Cli.Run(question).Output, Cli.Run(question).Output);
    }
}
