namespace LlmSim.Serving.Settings;

/// <summary>
/// How one replica's engine batches, as people write it. A member that is null takes the default of the policy's engine (see
/// <c>docs/policies.md</c>); one that the policy has no use for is ignored.
/// </summary>
public sealed record EngineSettings
{
    /// <summary>Name of the batching policy; <see cref="Policies.BatchingPolicies.All"/> lists them.</summary>
    public string Policy { get; init; } = "vllm-v1";

    /// <summary>Tokens that one iteration may process, at least 1. SARATHI's chunk size C, FastGen's ragged batch size.</summary>
    public int? MaxBatchTokens { get; init; }

    /// <summary>Sequences that may run at once, at least 1. The batch size of static batching.</summary>
    public int? MaxSequences { get; init; }

    /// <summary>Tokens of one KV block, 1 to 65,536. Engines that allocate by token have 1.</summary>
    public int? BlockTokens { get; init; }

    /// <summary>KV blocks of this replica, at least 1: what the engine prints, or what <see cref="KvCaches.KvCapacity"/> computes.</summary>
    public long? KvBlocks { get; init; }

    /// <summary>Share of the blocks kept free when requests are admitted, from 0 to 1 (1 excluded).</summary>
    public double? Watermark { get; init; }

    /// <summary>Whether full blocks stay known for requests with the same beginning.</summary>
    public bool? PrefixCache { get; init; }

    /// <summary>Whether admission wants room for all tokens that a request already has, not only for its first chunk.</summary>
    public bool? ReserveFullPrompt { get; init; }

    /// <summary>Most prompt tokens of one request in an iteration; 0 for no such limit.</summary>
    public int? LongPrefillTokens { get; init; }

    /// <summary>Batches that a pipeline has in flight at most, 1 to 64; by default as many as it has stages. A request is in one of them at a time.</summary>
    public int? BatchesInFlight { get; init; }

    /// <summary>Sequences of one of several batches in flight, at least 1; by default <see cref="MaxSequences"/> divided by the batches (with "vllm-v1": all of it).</summary>
    public int? MaxBatchSequences { get; init; }

    /// <summary>Order of the waiting requests: "fcfs", "priority", "shortest-job", "aging"; with "sglang" also "lpm", "dfs-weight", "longest-output".</summary>
    public string? QueueOrder { get; init; }

    /// <summary>Standard deviation of ln(predicted / true output tokens) that a shortest-job order works with, at least 0; 0 predicts exactly.</summary>
    public double? PredictorError { get; init; }

    /// <summary>With "aging": tokens by which a request's predicted length seems shorter for each second it has waited, at least 0.</summary>
    public double? AgingTokensPerSecond { get; init; }

    /// <summary>Whether the token budget counts the batch padded to its longest prompt, as vLLM 0.1 did.</summary>
    public bool? PaddedBudget { get; init; }

    /// <summary>Tokens that a request may grow to; what engines without paging reserve for each, at least 1. A longer request reserves its own length.</summary>
    public int? MaxLength { get; init; }

    /// <summary>What happens to a preempted sequence: "recompute" or "swap".</summary>
    public string? Preemption { get; init; }

    /// <summary>Blocks of host memory for swapped-out sequences, at least 0.</summary>
    public long? SwapBlocks { get; init; }

    /// <summary>Bytes of keys and values of one token over all layers on this replica, above 0; needed for swapping and for KV transfers.</summary>
    public double? KvBytesPerToken { get; init; }

    /// <summary>Bandwidth of the link to host memory in bytes per second, above 0.</summary>
    public double? HostLinkBytesPerSecond { get; init; }

    /// <summary>Bandwidth of the replica's own memory in bytes per second, above 0, for copying KV blocks; without it copies take no time.</summary>
    public double? MemoryBytesPerSecond { get; init; }

    /// <summary>Batch sizes in tokens for which graphs were captured, ascending; a batch up to the largest is padded to the next. Empty for none.</summary>
    public IReadOnlyList<int>? CapturedBatchSizes { get; init; }

    /// <summary>Whether batches with prefills are padded to captured sizes too, not only pure decodes.</summary>
    public bool? CaptureMixedBatches { get; init; }

    /// <summary>Host time of an iteration in nanoseconds: scheduling, sampling, detokenization; at least 0.</summary>
    public long? HostNanoseconds { get; init; }

    /// <summary>Host time added for each sequence of the batch, in nanoseconds; at least 0.</summary>
    public long? HostNanosecondsPerSequence { get; init; }

    /// <summary>
    /// Whether the host prepares the next iteration while the device runs, so that only the longer of the two counts, and requests that arrive during an iteration
    /// are not seen before the one after the next is put together.
    /// </summary>
    public bool? AsyncScheduling { get; init; }

    /// <summary>Tokens after which keys and values are no longer needed because every layer's attention window has passed; 0 when some layer attends to everything.</summary>
    public int? SlidingWindow { get; init; }

    /// <summary>Decode iterations between two attempts to admit, for "lightllm"; at least 1.</summary>
    public int? DecodesBetweenPrefills { get; init; }

    /// <summary>New tokens that an admission estimate counts for a request at most, at least 1 ("lightllm", "sglang").</summary>
    public int? EstimatedNewTokens { get; init; }

    /// <summary>Share of the KV cache in use from which "lightllm" counts every request's full output, at least 0.</summary>
    public double? BusyShare { get; init; }

    /// <summary>Share of the outstanding output that "sglang" reserves at first, above 0 and at most 1.</summary>
    public double? NewTokenRatio { get; init; }

    /// <summary>What <see cref="NewTokenRatio"/> decays to, at least 0 and at most that.</summary>
    public double? MinNewTokenRatio { get; init; }

    /// <summary>Decode iterations in which it decays so far, at least 1.</summary>
    public int? NewTokenRatioDecaySteps { get; init; }

    /// <summary>Prompt tokens of one prefill batch, at least 1 ("sglang").</summary>
    public int? MaxPrefillTokens { get; init; }

    /// <summary>What the replica does where prefill and decode are apart: "prefill", "decode" or "mixed".</summary>
    public string? Role { get; init; }

    /// <summary>Preemptions after which a mixed replica no longer preempts a request, at least 0.</summary>
    public int? MaxPreemptions { get; init; }

    /// <summary>Checks the values that are given; what the model and the machine will add (KV blocks, bytes of a token, the host link) is taken for good.</summary>
    /// <param name="file">The file they came from, for messages.</param>
    /// <param name="member">The member that holds them there.</param>
    /// <param name="errors">Takes everything that is wrong.</param>
    public void Check(string file, string member, Files.InputErrors errors) => EngineConfiguration.Resolve(
        this with { KvBlocks = KvBlocks ?? 1, KvBytesPerToken = KvBytesPerToken ?? 1, HostLinkBytesPerSecond = HostLinkBytesPerSecond ?? 1 }, file, member, errors);
}
