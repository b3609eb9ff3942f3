using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Metrics;

public sealed class BottleneckTests
{
    private static RunResult Run(string scenario, params string[] sets) => ScenarioRun.Execute(ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), sets), keepIterations: true);

    [Fact]
    public void Shares_of_prefill_and_decode_are_those_of_all_replicas()
    {
        var run = Run("pools-or-mixed", "workload.requests=400");
        // Three replicas only prefill and the fourth only decodes: its share is what it was busy of all.
        var decode = (double)run.Totals[3].BusyNanoseconds / run.Totals.Sum(t => t.BusyNanoseconds);
        Assert.InRange(decode, 0.1, 0.6);
        Assert.Contains(" replica", run.Summary.Bottleneck, StringComparison.Ordinal);
        var prefills = run.Summary.Bottleneck.Contains("prefill takes", StringComparison.Ordinal);
        Assert.Contains(FormattableString.Invariant($"{(prefills ? "prefill" : "decode")} takes {(prefills ? 1 - decode : decode):P0} of the busy time of all replicas"), run.Summary.Bottleneck, StringComparison.Ordinal);
        Assert.Contains(prefills ? "The prefill replicas are the busiest" : "The decode replica is the busiest", run.Summary.Bottleneck, StringComparison.Ordinal);
    }

    [Fact]
    public void A_slow_link_between_pools_is_named_with_its_rate_and_a_remedy()
    {
        var run = Run(
            "pools-or-mixed", "kvLink={\"bytesPerSecond\":1e9}", "workload.arrivals.rate=2", "workload.requests=100",
            "groups=[{\"machine\":{\"hardware\":\"h100-80gb-sxm\"},\"engine\":{\"role\":\"prefill\"}},{\"engine\":{\"role\":\"decode\"}}]");
        var (sender, receiver) = (run.Totals[0], run.Totals[1]);
        Assert.Equal((100, 0), (sender.Transfers, receiver.Transfers));
        // Bytes over the link's rate, and its latency each time.
        var bytes = (double)sender.PrefillTokens * run.Replicas[0].Engine.KvBytesPerToken!.Value;
        Assert.InRange(sender.TransferNanoseconds / 1e9 / (bytes / 1e9), 1, 1.01);
        Assert.Contains("link that carries keys and values from prefill to decode replicas is the limit: at 1 GB/s a transfer takes", run.Summary.Bottleneck, StringComparison.Ordinal);
        Assert.Contains(run.Summary.Advice, a => a.StartsWith("kvLink.bytesPerSecond = ", StringComparison.Ordinal));
        Assert.Contains(run.Summary.Advice, a => a.StartsWith("precision.kv = fp8 sends 50", StringComparison.Ordinal));
        Assert.DoesNotContain(run.Summary.Advice, a => a.Contains("cheaper device", StringComparison.Ordinal) || a.Contains("tensorParallel", StringComparison.Ordinal));
        // With the advised link the replicas limit.
        var rate = run.Summary.Advice[0].Split(' ')[2];
        var faster = Run(
            "pools-or-mixed", "kvLink={\"bytesPerSecond\":" + rate + "}", "workload.arrivals.rate=2", "workload.requests=100",
            "groups=[{\"machine\":{\"hardware\":\"h100-80gb-sxm\"},\"engine\":{\"role\":\"prefill\"}},{\"engine\":{\"role\":\"decode\"}}]");
        Assert.True(faster.Summary.E2e.Mean < 0.7 * run.Summary.E2e.Mean);
    }

    [Fact]
    public void Replicas_of_several_machines_are_named_with_their_memories_and_errors()
    {
        var run = Run("quick-start", "groups=[{\"count\":1},{\"count\":3,\"machine\":{\"hardware\":\"l4\"}}]", "workload.requests=60");
        var (a100, l4) = (run.Replicas[0].Device, run.Replicas[1].Device);
        Assert.Contains($"on 1 × {a100.Title}, 3 × {l4.Title}, ", RunCharts.Head(run).Subtitle, StringComparison.Ordinal);
        Assert.Equal([$"hbm of {a100.Name}", $"{l4.MainMemory.Name} of {l4.Name}"], run.Summary.Memory.Select(t => t.Tier));
        Assert.Equal([a100.MainMemory.CapacityBytes, l4.MainMemory.CapacityBytes], run.Summary.Memory.Select(t => t.CapacityBytes));
        Assert.Contains(run.Replicas[0].StatedError, run.Summary.TimeModel.StatedError, StringComparison.Ordinal);
        Assert.Contains(run.Replicas[1].StatedError, run.Summary.TimeModel.StatedError, StringComparison.Ordinal);
        Assert.Equal(run.Summary.Memory.Select(t => t.Tier), SummaryJson.Read("summary.json", SummaryJson.Write(run.Summary)).Memory.Select(t => t.Tier));
        Assert.Contains($"replicas on {l4.Title} are the busiest", run.Summary.Bottleneck, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("workload.arrivals.rate=100")]
    [InlineData("workload.arrivals.rate=100", "machine.hardware=rtx-4090", "precision.weights=int4")]
    [InlineData("workload.arrivals.rate=100", "machine.hardware=l4")]
    [InlineData("workload.arrivals.rate=100", "model=qwen2.5-0.5b")]
    public void Advice_says_only_what_shortens_an_iteration(params string[] sets)
    {
        var run = Run("quick-start", [.. sets, "workload.requests=300"]);
        foreach (var advice in run.Summary.Advice.Where(a => a.Contains(" from ", StringComparison.Ordinal)))
        {
            var words = advice.Split(' ');
            var from = Array.IndexOf(words, "from");
            double Number(int at) => double.Parse(words[at], System.Globalization.CultureInfo.InvariantCulture);
            Assert.True(Number(from + 3) < 0.96 * Number(from + 1), advice);
        }
    }

    [Fact]
    public void Offloading_that_is_not_needed_is_advised_against()
    {
        string[] little = ["workload.requests=20", "workload.arrivals.rate=0.1"];
        // The blocks that are used fit beside all the weights, though those of the whole cache would not.
        var both = Run("quick-start", [.. little, "machine.offload={\"weights\":0.5,\"kv\":0.5}"]).Summary;
        Assert.Contains(both.Advice, a => a.StartsWith("machine.offload.weights = 0 with machine.offload.kv = 0 shortens", StringComparison.Ordinal));
        var full = Run("quick-start", [.. little, "machine.offload={\"weights\":0.5}", "engine.memoryUtilization=0.9"]).Summary;
        Assert.Contains(full.Advice, a => a.StartsWith("machine.offload.weights = 0 ", StringComparison.Ordinal));
    }

    [Fact]
    public void A_drive_that_is_slower_than_the_link_is_named_and_not_the_link()
    {
        var flash = Run("quick-start", "machine.hardware=a6000", "machine.offload={\"weights\":0.5,\"to\":\"flash\"}", "workload.requests=5", "workload.arrivals.rate=0.01").Summary;
        Assert.Contains("at that memory's own rate", flash.Bottleneck, StringComparison.Ordinal);
        Assert.DoesNotContain("pcie", flash.Bottleneck, StringComparison.Ordinal);
    }
}
