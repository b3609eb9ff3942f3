using LlmSim.Graphs.Batches;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Tests.Sweeps;

/// <summary>Shapes that everybody who runs such systems knows must come out of the shipped scenarios, with numbers.</summary>
public sealed class KnownShapesTests(Xunit.Abstractions.ITestOutputHelper log)
{
    private static RunResult Run(string scenario, params string[] sets) => ScenarioRun.Execute(ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), sets));

    [Fact]
    public void Continuous_batching_brings_at_least_twice_the_throughput_of_static_batching()
    {
        double Throughput(string policy) => Run("continuous-batching", "engine.policy=" + policy, "workload.requests=500").Summary.Throughput.OutputTokensPerSecond;
        var still = Throughput("static");
        Assert.InRange(Throughput("vllm-v1") / still, 2, 10);
        Assert.InRange(Throughput("orca") / still, 1.5, 10);
    }

    [Fact]
    public void Chunks_bound_the_gaps_between_tokens_and_whole_prompts_do_not()
    {
        var sarathi = Run("chunk-size", "workload.requests=500");
        var plan = sarathi.Replicas[0];
        var chunk = plan.Engine.MaxBatchTokens!.Value;
        var longest = sarathi.Rows.Max(r => r.PromptTokens);
        // The dearest iteration: a full chunk at the end of the longest prompt, with every seat decoding at the longest context.
        var batch = default(BatchShape);
        batch.Prefill.Add(longest, chunk, plan.Cost.Needs);
        var host = plan.Engine.HostNanoseconds!.Value + plan.Engine.HostNanosecondsPerSequence!.Value * 129;
        for (var i = 0; i < 128; i++) batch.Decode.Add((int)sarathi.Rows.Average(r => r.PromptTokens + r.OutputTokens), 1, plan.Cost.Needs);
        batch.SampledPositions = 129;
        var dearest = (plan.Cost.Nanoseconds(batch) + host) / 1e9;
        Assert.InRange(sarathi.Summary.Itl.P99, 0, dearest);

        var v0 = Run("chunk-size", "workload.requests=500", "engine.policy=vllm-v0", "engine.maxBatchTokens=16384");
        var whole = v0.Replicas[0].Cost.Nanoseconds(BatchShape.UniformPrefill(1, longest, v0.Replicas[0].Cost.Needs)) / 1e9;
        Assert.True(v0.Summary.Itl.Max >= whole, $"{v0.Summary.Itl.Max} < {whole}");
        Assert.True(v0.Summary.Itl.Max > 2 * dearest);
    }

    /// <summary>
    /// Prompts of one length at a moderate load: under vLLM v0 every prompt stalls all that decode for its whole prefill, which more than one gap in a hundred
    /// sees; SARATHI's gaps are no longer than a full chunk with the decodes beside it.
    /// </summary>
    [Theory]
    [InlineData(2048, 2.5)]
    [InlineData(4096, 1.2)]
    public void The_p99_gap_between_tokens_is_the_longest_prefill_under_v0_and_a_chunk_under_sarathi(int prompt, double rate)
    {
        const int output = 64;
        RunResult At(string policy, int budget) => ScenarioRun.Execute(
            ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"),
            [
                "engine.policy=" + policy, "engine.hostTime=none", $"engine.maxBatchTokens={budget}", "engine.maxLength=8192", "workload.requests=400",
                FormattableString.Invariant($"workload.arrivals.rate={rate}"), $"workload.lengths={{\"kind\":\"fixed\",\"prompt\":{prompt},\"output\":{output}}}",
            ]), keepIterations: true);
        var v0 = At("vllm-v0", 8192);
        var cost = v0.Replicas[0].Cost;
        var whole = cost.Nanoseconds(BatchShape.UniformPrefill(1, prompt, cost.Needs)) / 1e9;
        // Percentiles of gaps are within 0.2 %.
        Assert.True(v0.Summary.Itl.P99 >= 0.998 * whole, $"v0: p99 {v0.Summary.Itl.P99} s, prefill {whole} s");

        const int chunk = 512;
        var sarathi = At("sarathi", chunk);
        var decodes = sarathi.Spans[0].All.Max(s => s.MaxBatch);
        var dearest = default(BatchShape);
        dearest.Prefill.Add(prompt - chunk, chunk, cost.Needs);
        for (var i = 0; i < decodes; i++) dearest.Decode.Add(prompt + output, 1, cost.Needs);
        dearest.SampledPositions = 1 + decodes;
        var step = cost.Nanoseconds(dearest) / 1e9;
        log.WriteLine($"prompt {prompt}: v0 p99 ITL {v0.Summary.Itl.P99:G4} s, prefill {whole:G4} s; sarathi p99 ITL {sarathi.Summary.Itl.P99:G4} s, chunk with {decodes} decodes {step:G4} s");
        Assert.True(sarathi.Summary.Itl.P99 < 0.75 * v0.Summary.Itl.P99, $"sarathi {sarathi.Summary.Itl.P99}, v0 {v0.Summary.Itl.P99}");
        Assert.True(sarathi.Summary.Itl.P99 <= 1.002 * step, $"sarathi: p99 {sarathi.Summary.Itl.P99} s, step {step} s");
    }

    [Fact]
    public void The_knee_lies_where_the_closed_form_says()
    {
        const int seats = 16, prompt = 512, output = 128;
        string[] fixedLoad = ["workload.lengths={\"kind\":\"fixed\",\"prompt\":512,\"output\":128}", "engine.maxSequences=16", "engine.hostTime=none", "workload.requests=600"];
        var cost = Run("quick-start", [.. fixedLoad, "workload.requests=1"]).Replicas[0].Cost;

        // All seats taken: while one request goes through its output, each of the other seats brings one prompt in. Mean context: the prompt and half the output.
        BatchShape Batch(int decodes, bool withPrompt)
        {
            var batch = BatchShape.UniformDecode(decodes, prompt + output / 2, cost.Needs);
            if (withPrompt) batch.Prefill.Add(0, prompt, cost.Needs);
            batch.SampledPositions = decodes + (withPrompt ? 1 : 0);
            return batch;
        }

        double decode = cost.Nanoseconds(Batch(seats, false)), mixed = cost.Nanoseconds(Batch(seats - 1, true));
        var saturation = seats / ((output * decode + seats * (mixed - decode)) / 1e9);
        var offline = Run("quick-start", [.. fixedLoad, "workload.arrivals={\"kind\":\"all-at-once\"}", "warmUp=0"]);
        Assert.InRange(offline.Summary.Throughput.RequestsPerSecond / saturation, 0.95, 1.05);

        Summary At(double share) => Run("quick-start", [.. fixedLoad, FormattableString.Invariant($"workload.arrivals.rate={share * saturation}"), "workload.requests=2000"]).Summary;
        Assert.False(At(0.85).Saturated);
        Assert.True(At(1.15).Saturated);
        Assert.InRange(At(1.15).Throughput.RequestsPerSecond / saturation, 0.95, 1.05);
    }

    [Fact]
    public void A_shared_prefix_saves_its_share_of_the_prefill()
    {
        const int shared = 4000, own = 400;
        RunResult At(bool cache) => Run(
            "quick-start", "model=llama-3.1-8b", "time=ideal", "engine.hostTime=none", "engine.maxBatchTokens=8192", "workload.arrivals={\"kind\":\"constant\",\"rate\":0.5}", "workload.requests=40",
            "workload.lengths={\"kind\":\"fixed\",\"prompt\":400,\"output\":20}", "workload.prefixes={\"tokens\":4000}", $"engine.prefixCache={(cache ? "true" : "false")}");
        var (with, without) = (At(true), At(false));
        var prefill = without.Replicas[0].Cost.Nanoseconds(BatchShape.UniformPrefill(1, shared + own, without.Replicas[0].Cost.Needs)) / 1e9;
        var gain = without.Summary.Ttft.P50 - with.Summary.Ttft.P50;
        Assert.InRange(gain / (prefill * shared / (shared + own)), 0.9, 1.1);
        Assert.InRange(with.Summary.KvCache.PrefixHitRate, 0.85, 0.92);
    }

    [Fact]
    public void Pools_apart_win_at_a_strict_TPOT_and_lose_at_a_loose_one()
    {
        var study = StudyRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/pools-or-mixed.json")));
        var share = StudyMetric.Named("goodputShare");
        double At(string policy, double tpot) => study.Points
            .Single(p => p.Point.Values.Any(v => v.Value.Text == policy) && p.Point.Values.Any(v => v.Key == "slo.tpot.seconds" && v.Value.Number == tpot)).Of(share).Mean;
        Assert.True(At("prefill-decode", 0.03) > At("vllm-v0", 0.03) + 0.1);
        Assert.True(At("prefill-decode", 0.2) < At("vllm-v0", 0.2));
        var crossing = Assert.Single(StudyCrossing.Of(study));
        log.WriteLine(crossing.Sentence);
        Assert.Equal(("prefill-decode", "vllm-v0", "slo.tpot.seconds"), (crossing.First, crossing.Second, crossing.Axis));
        // Where it lies, run by run: the bound at which as many requests are good with pools as without.
        RunResult Run(params string[] sets) => ScenarioRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/pools-or-mixed.json"), sets));
        var (apart, mixed) = (Run(), Run("groups=[]", "engine.policy=vllm-v0"));
        double Good(RunResult run, double tpot) =>
            run.Rows.Skip((int)run.Summary.WarmUpRequests).Count(r => new GoodRequest(1, tpot, double.PositiveInfinity).Meets(r));
        var exact = Enumerable.Range(30, 171).Select(i => i / 1000.0).First(b => Good(apart, b) < Good(mixed, b));
        Assert.InRange(crossing.At, exact - 0.03, exact + 0.03);
        Assert.Contains("prefill-decode beats vllm-v0 in goodputShare up to about slo.tpot.seconds = ", System.Net.WebUtility.HtmlDecode(StudyReport.Write(study, [share])), StringComparison.Ordinal);
    }
}
