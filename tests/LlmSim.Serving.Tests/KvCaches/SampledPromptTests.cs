using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.KvCaches;

/// <summary>Several outputs of one prompt: blocks held together, copied on the first write that tells them apart, freed with the last.</summary>
public class SampledPromptTests
{
    [Fact]
    public void Blocks_are_shared_copied_on_write_and_freed_with_the_last()
    {
        // 40 prompt tokens are 2 full blocks and a half; outputs of 3, 3 and 8 tokens.
        var (recorder, totals) = Run("vllm-v1", R(40, 8, 3, 3));
        var used = Used(recorder);
        Assert.Equal(3, used[0]); // the prompt's blocks, once
        Assert.Equal(2 + 3, used[1]); // two take copies of the half-filled block, the last one writes into it
        Assert.Equal(5, used[2]);
        Assert.Equal(3, used[3]); // two outputs are done; their copies are free, the full blocks stay with the third
        Assert.Equal((2L, 0L), (totals.BlocksCopied, totals.BlocksTaken - totals.BlocksReleased));
        var record = recorder.Requests.Single();
        Assert.Equal(8, recorder.Iterations.Sum(i => i.Iterations));
        Assert.Equal(record.FinishNanoseconds, recorder.Iterations[^1].EndNanoseconds);
    }

    [Fact]
    public void A_prompt_that_ends_with_its_block_needs_no_copy()
    {
        var (recorder, totals) = Run("vllm-v1", R(32, 5, 5));
        Assert.Equal([2, 4, 4, 4, 4], Used(recorder));
        Assert.Equal(0, totals.BlocksCopied);
    }

    [Fact]
    public void Outputs_of_one_token_are_done_with_the_prompt()
    {
        var (recorder, totals) = Run("vllm-v1", R(40, 1, 1, 1));
        Assert.Equal(1, recorder.Iterations.Single().Iterations);
        Assert.Equal(0, totals.BlocksCopied);
        (recorder, _) = Run("vllm-v1", R(40, 4, 1, 1));
        Assert.Equal([3, 3, 3, 3], Used(recorder));
    }

    [Fact]
    public void A_copy_takes_the_time_of_reading_and_writing_its_bytes()
    {
        var settings = new EngineSettings { KvBytesPerToken = 500_000, MemoryBytesPerSecond = 2e12 };
        var (recorder, totals) = Run("vllm-v1", R(40, 3, 3, 3), settings);
        // Two copies of 16 tokens: 2 · 2 · 16 · 500 kB over 2 TB/s.
        Assert.Equal(16_000, totals.CopyNanoseconds);
        Assert.Equal(30_016_000, recorder.Requests.Single().FinishNanoseconds);
    }

    [Fact]
    public void Cached_blocks_are_shared_by_key_and_found_by_others()
    {
        // Both requests know the first two blocks; the second comes while the first one's outputs run.
        Request Named(int at, params int[] outputs) => R(40, outputs) with { ArrivalNanoseconds = at * 1_000_000L, PrefixBlocks = new long[] { 7, 8 }, PrefixBlockTokens = 16 };
        var (recorder, totals) = Run("vllm-v1", [Named(0, 9, 9), Named(35, 4)]);
        Assert.Equal(32, recorder.Requests.Single(r => r.Request.Id == 1).CachedTokens);
        Assert.Equal(0, totals.BlocksTaken - totals.BlocksReleased);
        // 2 shared by key, one own block for each of the two outputs, and one for the second request.
        Assert.Equal(5, Used(recorder).Max());
    }

    [Fact]
    public void A_first_scheduler_swaps_outputs_that_share()
    {
        // Two outputs of a long prompt (14 blocks in the end) meet another request's growth (8).
        var settings = new EngineSettings { KvBlocks = 16, SwapBlocks = 100, KvBytesPerToken = 1000, HostLinkBytesPerSecond = 1e9, Watermark = 0 };
        var (recorder, totals) = Run("vllm-v0", [R(40, 80), R(70, 60, 60)], settings);
        Assert.Equal(2, recorder.Requests.Count);
        Assert.True(totals.SwappedOut > 0 && totals.PeakSwappedBlocks > 0);
        var (_, without) = Run("vllm-v0", [R(40, 80), R(70, 60, 60)], settings with { SwapBlocks = 0 });
        Assert.Equal(0, without.SwappedOut);
        Assert.True(without.Preemptions > 0 && without.RecomputedTokens > 0);
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Every_policy_gives_every_output_its_tokens_and_seats(string policy)
    {
        var (recorder, totals) = Run(policy, [.. Enumerable.Range(0, 6).Select(i => R(30 + i, 12, 12, 5, 1))], new EngineSettings { MaxSequences = 9, MaxLength = 64 });
        Assert.Equal(6, recorder.Requests.Count(r => r.Status == RequestStatus.Finished));
        Assert.Equal(0, totals.BlocksTaken - totals.BlocksReleased);
        // A request takes four seats, so two of them fit at a time, or three when outputs have ended; one ends with the prompt.
        Assert.InRange(recorder.Iterations.Max(i => i.DecodeSequences), 6, 8);
        Assert.InRange(recorder.Iterations.Max(i => i.Running), 6, 9);
        Assert.Equal(6 * (11 + 11 + 4), recorder.Iterations.Sum(i => i.DecodeSequences * i.Iterations));
    }

    [Fact]
    public void More_outputs_than_seats_are_rejected()
    {
        var (recorder, _) = Run("vllm-v1", R(10, 5, 5, 5), new EngineSettings { MaxSequences = 2 });
        Assert.Equal(RequestStatus.Rejected, recorder.Requests.Single().Status);
    }

    public static TheoryData<string> Policies => [.. BatchingPolicies.Names];

    private static List<long> Used(Recorder recorder) => [.. recorder.Iterations.SelectMany(i => Enumerable.Repeat(i.KvBlocksUsed, (int)i.Iterations))];

    private static Request R(int prompt, params int[] outputs) => new() { Id = 0, ArrivalNanoseconds = 0, PromptTokens = prompt, OutputTokens = outputs[0], MoreOutputTokens = outputs.AsMemory()[1..] };

    private static (Recorder Recorder, ReplicaTotals Totals) Run(string policy, Request request, EngineSettings? settings = null) => Run(policy, [request], settings);

    private static (Recorder Recorder, ReplicaTotals Totals) Run(string policy, Request[] requests, EngineSettings? settings = null)
    {
        var given = settings ?? new EngineSettings();
        var recorder = new Recorder();
        var replica = new ReplicaSettings(given with { Policy = policy, KvBlocks = given.KvBlocks ?? 10_000, BlockTokens = policy is "lightllm" or "sglang" ? 1 : 16 }, new Constant());
        var simulation = new Simulation(ClusterSettings.Uniform(1, replica), new ListSource(requests.Select((r, i) => r with { Id = i })), recorder);
        simulation.Run();
        return (recorder, simulation.Totals(0));
    }

    private sealed class Constant : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch) => 10_000_000;
    }
}
