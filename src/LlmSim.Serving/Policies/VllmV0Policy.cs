using LlmSim.Serving.Engines;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// vLLM's first scheduler. Waiting prompts go first: an iteration that admits any of them is prefill only, and the decodes stall.
/// Otherwise all running decode; when a block is wanted and none is free, the tail is preempted by recomputation or by swapping.
/// </summary>
internal sealed class VllmV0Policy(EngineConfiguration configuration) : IBatchingPolicy
{
    /// <summary>How people see it. Defaults: vLLM 0.6 (CacheConfig.watermark 0.01, SchedulerConfig without chunked prefill).</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "vllm-v0",
        Engine = "vLLM 0.2–0.6 (paddedBudget: 0.1)",
        Summary = "Continuous batching with paged KV cache; prompts go before decodes, each in iterations of their own; preempts the tail by recomputation or swapping.",
        Defaults = new EngineSettings
        {
            Policy = "vllm-v0",
            MaxSequences = 256,
            BlockTokens = 16,
            Watermark = 0.01,
            PrefixCache = false,
            PaddedBudget = false,
            Preemption = "recompute",
            QueueOrder = "fcfs",
        },
        Flags = new Dictionary<string, string>
        {
            ["max-num-batched-tokens"] = "maxBatchTokens",
            ["max-num-seqs"] = "maxSequences",
            ["block-size"] = "blockTokens",
            ["num-gpu-blocks-override"] = "kvBlocks",
            ["enable-prefix-caching"] = "prefixCache",
            ["preemption-mode"] = "preemption",
            ["max-model-len"] = "maxLength",
            ["cuda-graph-sizes"] = "capturedBatchSizes",
        },
        Create = configuration => new VllmV0Policy(configuration),
    };

    public bool Paged => true;

    public bool RunsByArrival => configuration.QueueOrder == QueueOrder.Fcfs;

    // A resumed request needs all its blocks, the watermark, and one more to be allowed to decode.
    public bool CanEverHold(Engine engine, Sequence sequence) =>
        engine.Kv.Most(sequence) + 1 + configuration.WatermarkBlocks <= engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        if (engine.Swapped.List.Count == 0 && AdmitPrompts(engine)) return;
        var preempted = DecodePressure.Grow(engine, configuration.Swap, swapOutputs: true);
        var swappedIn = !preempted && SwapIn(engine);
        engine.Batch.Decodes = engine.Decodes.Count > 0;
        if (!preempted && !swappedIn) engine.Steady(headroom: 1);
    }

    private bool AdmitPrompts(Engine engine)
    {
        var tokens = 0L;
        var longest = 0;
        var batch = engine.Batch;
        while (engine.Waiting.First is { } sequence && engine.HasSeat(sequence))
        {
            var hit = engine.Kv.Find(sequence, out var prompt);
            var counted = configuration.PaddedBudget ? (batch.Count + 1L) * Math.Max(longest, prompt) : tokens + prompt;
            // A prompt beyond the whole budget runs alone, so that it does not block the queue for ever.
            if (counted > configuration.MaxBatchTokens && batch.Count > 0) break;
            if (!WholePrompts.TryAdmit(engine, configuration, sequence, in hit, prompt)) break;
            tokens += prompt;
            longest = Math.Max(longest, prompt);
        }

        return batch.Count > 0;
    }

    private bool SwapIn(Engine engine)
    {
        var any = false;
        while (engine.Swapped.List.First is { } sequence && engine.HasSeat(sequence)
            && engine.Kv.Free - sequence.SwappedBlocks - 1 >= configuration.WatermarkBlocks)
        {
            engine.Swapped.In(sequence);
            engine.TryGrow(sequence);
            any = true;
        }

        return any;
    }
}
