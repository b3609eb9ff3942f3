using System.Text.Json;
using LlmSim.Execution.StepCosts.MeasuredTables;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Tests;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Evidence;

/// <summary>
/// Real runs of vLLM 0.19 (LLMServingSim's validation data: Llama-3.1-8B, 300 ShareGPT requests), replayed with the layer times measured
/// on the same devices. The counts are those of an independent restatement of the scheduler; the latencies are the measured ones.
/// </summary>
public class VllmRunTests
{
    [SharedFact]
    public void Rtx4090_run_comes_out_with_its_preemptions_and_within_one_percent()
    {
        var run = Replay("RTX4090", blocks: 2588, sequences: 256);

        Assert.Equal(6137, run.Totals.Iterations);
        Assert.Equal(194, run.Totals.Preemptions);
        Assert.Equal(110_596, run.Totals.RecomputedTokens);
        Assert.Equal(63_600, run.Totals.PrefixHitTokens);
        Assert.Equal(2588, run.Totals.PeakKvBlocks);
        foreach (var ratio in run.Ratios) Assert.InRange(ratio, 0.99, 1.01);
        Assert.Equal(65.8204, run.Ttft, 0.0001);
        Assert.Equal(86.9803, run.E2e, 0.0001);
    }

    [SharedFact]
    public void Without_full_reservation_the_same_run_preempts_more()
    {
        var run = Replay("RTX4090", blocks: 2588, sequences: 256, settings => settings with { ReserveFullPrompt = false });

        Assert.Equal(225, run.Totals.Preemptions);
        Assert.Equal(150_501, run.Totals.RecomputedTokens);
        Assert.Equal(73_120, run.Totals.PrefixHitTokens);
    }

    [SharedFact]
    public void Without_prefix_cache_the_same_run_is_slower()
    {
        var run = Replay("RTX4090", blocks: 2588, sequences: 256, settings => settings with { PrefixCache = false });

        Assert.Equal(193, run.Totals.Preemptions);
        Assert.Equal(178_550, run.Totals.RecomputedTokens);
        Assert.Equal(6172, run.Totals.Iterations);
        Assert.InRange(run.Ttft / run.MeasuredTtft, 1.051, 1.054);
    }

    [SharedFact]
    public void Rtx_pro_6000_run_comes_out_within_four_and_a_half_percent()
    {
        var run = Replay("RTXPRO6000", blocks: 30_000, sequences: 128);

        Assert.Equal(2406, run.Totals.Iterations);
        Assert.Equal(10_230, run.Totals.PeakKvBlocks);
        Assert.Equal(0, run.Totals.Preemptions);
        Assert.Equal(19_520, run.Totals.PrefixHitTokens);
        foreach (var ratio in run.Ratios) Assert.InRange(ratio, 0.955, 1.045);
    }

    private static Outcome Replay(string device, int blocks, int sequences, Func<EngineSettings, EngineSettings>? change = null)
    {
        var cost = LlmServingSimTable.Read(SharedData.Path($"data/operators/llmservingsim/{device}/Llama-3.1-8B/tp1"), layers: 32);
        var settings = new EngineSettings { Policy = "vllm-v1", KvBlocks = blocks, MaxSequences = sequences };
        var requests = Workload(SharedData.Path("data/traces/llmservingsim/sharegpt-llama-3.1-8b-300-sps10.hashed.jsonl"));
        var recorder = new Recorder();
        var simulation = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(change?.Invoke(settings) ?? settings, cost)), new ListSource(requests), recorder);

        simulation.Run();

        Assert.All(recorder.Requests, record => Assert.Equal(RequestStatus.Finished, record.Status));
        Assert.Equal(300, recorder.Requests.Count);
        var measured = File.ReadLines(SharedData.Path($"data/serving/llmservingsim_vllm/{device}_Llama-3.1-8B/requests.jsonl")).Select(Measured.From).ToList();
        return new Outcome(
            simulation.Totals(0),
            recorder.Requests.Average(r => (r.FirstTokenNanoseconds - r.Request.ArrivalNanoseconds) / 1e9),
            recorder.Requests.Average(r => (r.FinishNanoseconds - r.FirstTokenNanoseconds) / 1e9 / Math.Max(1, r.Request.OutputTokens - 1)),
            recorder.Requests.Average(r => (r.FinishNanoseconds - r.Request.ArrivalNanoseconds) / 1e9),
            measured.Average(m => m.First - m.Queued),
            measured.Average(m => (m.Last - m.First) / Math.Max(1, m.Output - 1)),
            measured.Average(m => m.Last - m.Queued));
    }

    private static List<Request> Workload(string path) =>
        [.. File.ReadLines(path).Select((line, id) =>
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            return new Request
            {
                Id = id,
                ArrivalNanoseconds = row.GetProperty("arrival_time_ns").GetInt64(),
                PromptTokens = row.GetProperty("input_toks").GetInt32(),
                OutputTokens = row.GetProperty("output_toks").GetInt32(),
                PrefixBlocks = row.GetProperty("hash_ids").EnumerateArray().Select(hash => hash.GetInt64()).ToArray(),
                PrefixBlockTokens = 16,
            };
        })];

    private sealed record Outcome(
        ReplicaTotals Totals, double Ttft, double Tpot, double E2e, double MeasuredTtft, double MeasuredTpot, double MeasuredE2e)
    {
        public double[] Ratios => [Ttft / MeasuredTtft, Tpot / MeasuredTpot, E2e / MeasuredE2e];
    }

    private sealed record Measured(double Queued, double First, double Last, int Output)
    {
        public static Measured From(string line)
        {
            using var json = JsonDocument.Parse(line);
            var row = json.RootElement;
            return new Measured(row.GetProperty("queued_ts").GetDouble(), row.GetProperty("first_token_ts").GetDouble(), row.GetProperty("last_token_ts").GetDouble(), row.GetProperty("output_toks").GetInt32());
        }
    }
}
