using LlmSim.Files;
using LlmSim.Graphs.Operators;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Runs;

public sealed class ScenarioRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ScenarioFile QuickStart(params string[] sets) => ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), sets);

    [Fact]
    public void A_run_writes_its_folder_whole()
    {
        var folder = Path.Combine(_folder, "run");
        var result = RunFolder.Write(QuickStart(), folder, (_, path) => File.WriteAllText(Path.Combine(path, "report.html"), "x"));
        Assert.Equal(
            ["iterations.csv", "report.html", "requests.csv", "run.json", "scenario.json", "summary.json", "timeline.json"],
            Directory.GetFiles(folder).Select(Path.GetFileName).Where(f => f != LlmSim.Files.AtomicFolder.ListName).Order(StringComparer.Ordinal));
        Assert.Equal((1000, 0, 0), (result.Summary.Requests.Completed, result.Summary.Requests.Rejected, result.Summary.Requests.Unfinished));
        Assert.Equal(1001, File.ReadAllLines(Path.Combine(folder, "requests.csv")).Length);
        Assert.False(result.Summary.Saturated);
        Assert.InRange(result.Summary.Utilization.Mfu, 0.01, 0.6);
        Assert.InRange(result.Summary.Utilization.Mbu, 0.05, 0.95);
        Assert.NotEmpty(result.Summary.Bottleneck);
        Assert.Equal(result.Summary.Ttft, Metrics(folder).Ttft);
    }

    private static Studies.Metrics.Summary Metrics(string folder) => Studies.Metrics.SummaryJson.Read("summary.json", File.ReadAllBytes(Path.Combine(folder, "summary.json")));

    [Fact]
    public void The_same_scenario_gives_the_same_bytes_and_another_seed_others()
    {
        foreach (var (name, set) in new[] { ("a", "workload.seed=1"), ("b", "workload.seed=1"), ("c", "workload.seed=2") })
            RunFolder.Write(QuickStart(set, "workload.requests=200"), Path.Combine(_folder, name));
        foreach (var file in new[] { "summary.json", "requests.csv", "iterations.csv", "timeline.json" })
        {
            byte[] Bytes(string run) => File.ReadAllBytes(Path.Combine(_folder, run, file));
            Assert.Equal(Bytes("a"), Bytes("b"));
            Assert.NotEqual(Bytes("a"), Bytes("c"));
        }
    }

    [Fact]
    public void A_cancelled_run_leaves_nothing_behind()
    {
        using var cancellation = new CancellationTokenSource();
        var folder = Path.Combine(_folder, "run");
        Assert.Throws<OperationCanceledException>(() => RunFolder.Write(
            QuickStart("workload.requests=100000"), folder, progress: new Now(_ => cancellation.Cancel()), cancellation: cancellation.Token));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Progress_tells_how_far_the_load_has_come()
    {
        var seen = new List<RunProgress>();
        ScenarioRun.Execute(QuickStart(), progress: new Now(seen.Add));
        Assert.Equal([256, 512, 768], seen.Select(p => p.Taken));
        Assert.Equal(0.768, seen[^1].Fraction);
        Assert.True(seen[0].SimulatedSeconds < seen[^1].SimulatedSeconds);
    }

    [Fact]
    public void A_model_that_does_not_fit_says_by_how_much_and_what_would_help()
    {
        var e = Assert.Throws<ImpossibleException>(() => ScenarioRun.Execute(QuickStart("model=llama-2-70b")));
        Assert.Contains("GB too little", e.Message, StringComparison.Ordinal);
        Assert.Contains("tensor parallel over 2 such devices", e.Message, StringComparison.Ordinal);
        var run = ScenarioRun.Execute(QuickStart("model=llama-2-70b", "machine.tensorParallel=4", "workload.requests=50"));
        Assert.Equal(50, run.Summary.Requests.Completed);
        Assert.Equal(4, run.Replicas[0].Devices);
    }

    [Theory]
    [InlineData("model=llama-2-8b", "llama-2-7b")]
    [InlineData("machine.hardware=a100-80gb-smx", "a100-80gb-sxm")]
    [InlineData("engine.policy=vllm-v2", "vllm-v1")]
    [InlineData("machine.tensorParallel=3", "heads")]
    [InlineData("engine.watermark=2", "engine.watermark")]
    [InlineData("workload.trace=/nowhere.csv", "")]
    public void Wrong_names_and_values_are_input_errors(string set, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => ScenarioRun.Execute(QuickStart(set))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("", "holds no requests; name another")]
    [InlineData("-1,5,5\n", "every row was left out (1)")]
    public void A_trace_without_requests_is_an_input_error_and_no_empty_result(string rows, string expected)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, "arrived_at,num_prefill_tokens,num_decode_tokens\n" + rows);
            var e = Assert.Throws<InputException>(() => ScenarioRun.Execute(QuickStart("workload.trace=" + path, "workload.skipBadRows=true")));
            Assert.Contains(expected, e.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData("slo=null", true)]
    [InlineData("slo={\"goodput\":0.5}", true)]
    [InlineData("slo={\"e2e\":{\"seconds\":9}}", false)]
    public void Which_requests_are_good_is_said_where_the_scenario_does_not(string slo, bool said) =>
        Assert.Equal(said, ScenarioRun.Execute(QuickStart(slo, "workload.requests=5")).Summary.Notes.Any(n => n.StartsWith("goodput counts requests with a TTFT of at most 0.2 s", StringComparison.Ordinal)));

    [Fact]
    public void Overload_is_said()
    {
        var summary = ScenarioRun.Execute(QuickStart("workload.arrivals.rate=100", "workload.requests=3000")).Summary;
        Assert.True(summary.Saturated);
        Assert.StartsWith("It cannot keep up", summary.Bottleneck, StringComparison.Ordinal);
        Assert.NotEmpty(summary.Advice);
    }

    [Fact]
    public void A_closed_loop_keeps_its_users_busy_and_is_not_called_saturated()
    {
        var run = ScenarioRun.Execute(QuickStart("workload.arrivals={\"kind\":\"closed-loop\",\"users\":8}", "workload.requests=300"));
        Assert.False(run.Summary.Saturated);
        // Little's law: users = throughput × time in the system (no thinking), over the whole run but its ramps.
        var inside = run.Rows.Sum(r => r.E2eSeconds) / run.Summary.SimulatedSeconds;
        Assert.InRange(inside, 7.2, 8.0);
    }

    [Fact]
    public void Replicas_that_differ_are_planned_each()
    {
        var run = ScenarioRun.Execute(QuickStart("groups=[{\"count\":2},{\"machine\":{\"hardware\":\"h100-80gb-sxm\"}}]", "workload.requests=60"));
        Assert.Equal(["a100-80gb-sxm", "a100-80gb-sxm", "h100-80gb-sxm"], run.Replicas.Select(r => r.Device.Name));
        Assert.Equal(3, run.Rows.Select(r => r.Replica).Distinct().Count());
    }

    [Fact]
    public void A_pipeline_keeps_several_batches_in_flight_and_shows_its_bubble()
    {
        string[] load = ["model=llama-2-70b", "machine.tensorParallel=4", "workload.arrivals={\"kind\":\"all-at-once\"}", "workload.requests=400", "warmUp=0"];
        Studies.Metrics.Summary Run(params string[] sets) => ScenarioRun.Execute(QuickStart([.. load, .. sets])).Summary;
        var two = Run("machine.pipelineParallel=2");
        var one = Run("machine.pipelineParallel=2", "engine.batchesInFlight=1");
        Assert.Equal((400, 400), (one.Requests.Completed, two.Requests.Completed));
        Assert.InRange(one.Utilization.Bubble, 0.49, 0.51);
        Assert.InRange(two.Utilization.Bubble, 0, 0.35);
        Assert.InRange(two.Throughput.RequestsPerSecond / one.Throughput.RequestsPerSecond, 1.15, 2);
        Assert.Contains(two.Notes, n => n.Contains("2 batches are in flight", StringComparison.Ordinal));
        Assert.True(double.IsNaN(Run().Utilization.Bubble));
    }

    [Fact]
    public void Experts_are_spread_over_the_devices_that_a_run_says()
    {
        string[] mixture = ["model=mixtral-8x7b", "machine.hardware=h100-80gb-sxm", "workload.requests=40"];
        ReplicaPlan Plan(params string[] sets) => ScenarioRun.Execute(QuickStart([.. mixture, .. sets])).Replicas[0];
        static MixtureOfExperts Experts(ReplicaPlan plan) => (MixtureOfExperts)plan.Stages[0].LayerGroups[0].Operators.Single(o => o.Spec is MixtureOfExperts).Spec;

        var (divided, spread) = (Plan("machine.tensorParallel=4"), Plan("machine.tensorParallel=4", "machine.expertParallel=4"));
        Assert.Equal((1, 4), (Experts(divided).Ranks, Experts(spread).Ranks));
        Assert.Equal(divided.Memory.WeightBytes, spread.Memory.WeightBytes, divided.Memory.WeightBytes * 1e-9);
        // With sequences of their own devices hold the whole attention and an eighth of the experts, and as many tokens together as their memories.
        var own = Plan("machine.expertParallel=8", "machine.dataParallelAttention=true");
        Assert.Equal((8, true, 8), (Experts(own).Ranks, Experts(own).OwnTokens, own.Devices));
        Assert.Contains(own.Notes, n => n.StartsWith("data-parallel attention", StringComparison.Ordinal));
        Assert.True(own.Engine.KvBlocks > spread.Engine.KvBlocks);
    }

    [Fact]
    public void Placement_decides_what_a_run_waits_for_and_where_memory_is_held()
    {
        Studies.Metrics.Summary Run(string placement) => ScenarioRun.Execute(QuickStart("machine.hardware=a100-hbm-pim", "time=ideal", "workload.requests=60", "machine.placement=" + placement)).Summary;
        var (device, memory, cpu) = (Run("device"), Run("pim-attention"), Run("cpu-attention"));
        Assert.True(memory.Tpot.Mean < device.Tpot.Mean && device.Tpot.Mean < cpu.Tpot.Mean);
        Assert.DoesNotContain(device.Memory, t => t.Tier == "host");
        Assert.True(cpu.Memory.Single(t => t.Tier == "host").PeakBytes > 0);
        Assert.Contains("from host", cpu.Bottleneck, StringComparison.Ordinal);
        var wrong = Assert.Throws<InputException>(() => Run("fastest"));
        Assert.Equal("machine.placement", wrong.Errors.Items.Single().Member);
    }

    [Fact]
    public void Several_outputs_of_a_prompt_share_its_blocks()
    {
        var folder = Path.Combine(_folder, "sampled");
        var run = RunFolder.Write(QuickStart("workload.sampling={\"outputs\":4,\"cv\":0.5}", "workload.requests=200", "workload.arrivals.rate=0.5"), folder);
        Assert.Equal(200, run.Summary.Requests.Completed);
        Assert.All(run.Rows, r => Assert.True(r.MoreOutputs == 3 && r.AllOutputTokens <= 4L * r.OutputTokens && r.AllOutputTokens > r.OutputTokens));
        Assert.InRange(run.Rows.Average(r => (double)r.AllOutputTokens / r.OutputTokens), 2, 3.2);
        Assert.Contains(run.Summary.Notes, n => n.Contains("KV blocks were copied", StringComparison.Ordinal));
        Assert.EndsWith(",outputs,all_output_tokens", File.ReadLines(Path.Combine(folder, "requests.csv")).First(), StringComparison.Ordinal);
        // Less memory than four requests of the same prompt.
        var apart = ScenarioRun.Execute(QuickStart("workload.sampling={\"outputs\":4}", "workload.requests=100", "workload.arrivals.rate=0.5", "engine.slidingWindow=100000", "engine.prefixCache=false"));
        var shared = ScenarioRun.Execute(QuickStart("workload.sampling={\"outputs\":4}", "workload.requests=100", "workload.arrivals.rate=0.5", "engine.prefixCache=false"));
        Assert.True(shared.Summary.KvCache.MeanUtilization < 0.6 * apart.Summary.KvCache.MeanUtilization);

        // What was written can be replayed: as many outputs, all as long as the longest.
        var replay = ScenarioRun.Execute(QuickStart(
            "workload.trace=" + Path.Combine(folder, "requests.csv"), "workload.arrivals=null", "workload.lengths=null", "workload.requests=null"));
        Assert.All(replay.Rows, r => Assert.Equal((3, 3L * r.OutputTokens), (r.MoreOutputs, r.MoreOutputTokens)));
    }

    [Theory]
    [InlineData("output.timeline.window=[1, 1.5]", "", 1)]
    [InlineData("output.timeline.operatorsEvery=50", "machine.pipelineParallel=2", 2)]
    [InlineData("output.timeline.operatorsEvery=50", "machine.offload={\"weights\":0.5}", 2)]
    public void A_timeline_unfolds_the_operators_of_chosen_iterations(string timeline, string machine, int tracks)
    {
        var folder = Path.Combine(_folder, "unfolded");
        string[] sets = ["workload.requests=30", "engine.hostTime=none", "output.report=false", timeline];
        RunFolder.Write(QuickStart(machine.Length > 0 ? [.. sets, machine] : sets), folder);
        using var json = System.Text.Json.JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "timeline.json")));
        var events = json.RootElement.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        var operators = events.Where(e => e.GetProperty("cat").GetString() == "operator").ToList();
        Assert.Equal(tracks, operators.Select(e => e.GetProperty("tid").GetInt32()).Distinct().Count());
        double Start(System.Text.Json.JsonElement e) => e.GetProperty("ts").GetDouble();
        double End(System.Text.Json.JsonElement e) => Start(e) + e.GetProperty("dur").GetDouble();
        Assert.Contains(operators, e => e.GetProperty("name").GetString()!.StartsWith("31: ", StringComparison.Ordinal) || machine.Contains("offload", StringComparison.Ordinal));
        if (machine.Length == 0)
        {
            // Operators of an iteration take its whole time, and lie inside it.
            var seconds = operators.Sum(e => e.GetProperty("dur").GetDouble());
            var iterations = events.Where(e => e.GetProperty("cat").GetString() == "iteration").ToList();
            Assert.All(operators, o => Assert.Contains(iterations, i => Start(o) >= Start(i) - 0.01 && End(o) <= End(i) + 0.01));
            Assert.InRange(seconds, 0.4e6, 0.6e6);
        }
    }

    [Fact]
    public void Offloading_names_the_link_that_limits_and_the_memory_that_holds()
    {
        var summary = ScenarioRun.Execute(QuickStart("machine.offload={\"weights\":0.5}", "workload.requests=20", "workload.arrivals.rate=0.1")).Summary;
        Assert.Contains("fetching the offloaded weights from host memory over pcie", summary.Bottleneck, StringComparison.Ordinal);
        Assert.Contains(summary.Advice, a => a.StartsWith("machine.offload.weights = 0 ", StringComparison.Ordinal));
        var (hbm, host) = (summary.Memory.Single(t => t.Tier == "hbm"), summary.Memory.Single(t => t.Tier == "host"));
        // Half of the layers' 6.48 billion weights, two bytes each; a device buffer for two of 32 layers.
        Assert.InRange(host.PeakBytes, 6.4e9, 6.5e9);
        Assert.InRange(hbm.Parts.Single(p => p.Key == "prefetch").Value / host.PeakBytes, 2 / 32.0 - 1e-9, 2 / 32.0 + 1e-9);
        var kv = ScenarioRun.Execute(QuickStart("machine.offload={\"kv\":0.7}", "workload.requests=5", "workload.arrivals.rate=0.1")).Summary;
        Assert.Contains("fetching the offloaded KV cache from host memory", kv.Bottleneck, StringComparison.Ordinal);
        Assert.Contains(kv.Memory, t => t.Tier == "host" && t.Parts.Single().Key == "kvCache");
        Assert.DoesNotContain(ScenarioRun.Execute(QuickStart("workload.requests=5")).Summary.Memory, t => t.Tier == "host");
    }

    [Fact]
    public void Outputs_of_one_token_have_no_time_per_output_token_to_miss()
    {
        var summary = ScenarioRun.Execute(QuickStart("workload.lengths={\"kind\":\"fixed\",\"prompt\":500,\"output\":1}", "slo={\"tpot\":{\"seconds\":0.001},\"itl\":{\"seconds\":0.001}}", "workload.requests=50")).Summary;
        Assert.True(double.IsNaN(summary.Tpot.P99) && double.IsNaN(summary.Itl.P99));
        Assert.True(summary.MeetsSlo);
        Assert.Equal(1, summary.GoodputShare);
    }

    [Fact]
    public void Warm_up_is_cut_from_token_gaps_of_a_trace_too()
    {
        var trace = Path.Combine(_folder, "trace.csv");
        // One request alone at first, then crowds of fifty: what is left without the first tenth is slower.
        File.WriteAllLines(trace, ["arrival_s,prompt_tokens,output_tokens", .. Enumerable.Range(0, 50).Select(i => $"{i},10,20"), .. Enumerable.Range(0, 450).Select(i => $"{100 + i / 50},800,20")]);
        Studies.Metrics.Summary Run(double warmUp) => ScenarioRun.Execute(QuickStart(
            "workload.trace=" + trace, "workload.arrivals=null", "workload.lengths=null", "workload.requests=null", FormattableString.Invariant($"warmUp={warmUp}"))).Summary;
        var (all, late) = (Run(0), Run(0.1));
        Assert.Equal((0, 50), (all.WarmUpRequests, late.WarmUpRequests));
        Assert.True(late.Itl.P50 > all.Itl.P50 || late.Itl.Mean > all.Itl.Mean * 1.02);
        Assert.Equal(all.Itl.Max, late.Itl.Max);
    }

    private sealed class Now(Action<RunProgress> report) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => report(value);
    }
}
