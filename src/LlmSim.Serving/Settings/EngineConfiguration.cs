using LlmSim.Files;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Queues;

namespace LlmSim.Serving.Settings;

/// <summary>An engine's settings with every default filled in and every value checked.</summary>
internal sealed record EngineConfiguration
{
    public required PolicyDescription Policy { get; init; }

    public required int MaxBatchTokens { get; init; }

    public required int MaxSequences { get; init; }

    public required int BlockTokens { get; init; }

    public required long KvBlocks { get; init; }

    public required long WatermarkBlocks { get; init; }

    public required bool PrefixCache { get; init; }

    public required bool ReserveFullPrompt { get; init; }

    public required int LongPrefillTokens { get; init; }

    /// <summary>Batches in flight; 0 for as many as the pipeline has stages.</summary>
    public required int BatchesInFlight { get; init; }

    /// <summary>Sequences of one of several batches; 0 for the policy's rule.</summary>
    public required int MaxBatchSequences { get; init; }

    public required QueueOrder QueueOrder { get; init; }

    public required double PredictorError { get; init; }

    public required double AgingTokensPerSecond { get; init; }

    public required bool PaddedBudget { get; init; }

    public required int MaxLength { get; init; }

    public required bool Swap { get; init; }

    public required long SwapBlocks { get; init; }

    public required double KvBytesPerToken { get; init; }

    public required double HostLinkBytesPerSecond { get; init; }

    public required double? MemoryBytesPerSecond { get; init; }

    public required int[] CapturedBatchSizes { get; init; }

    public required bool CaptureMixedBatches { get; init; }

    public required long HostNanoseconds { get; init; }

    public required long HostNanosecondsPerSequence { get; init; }

    public required bool AsyncScheduling { get; init; }

    public required int SlidingWindow { get; init; }

    public required int DecodesBetweenPrefills { get; init; }

    public required int EstimatedNewTokens { get; init; }

    public required double BusyShare { get; init; }

    public required double NewTokenRatio { get; init; }

    public required double MinNewTokenRatio { get; init; }

    public required int NewTokenRatioDecaySteps { get; init; }

    public required int MaxPrefillTokens { get; init; }

    public required ReplicaRole Role { get; init; }

    public required int MaxPreemptions { get; init; }

    /// <summary>Fills in and checks; null, with everything that is wrong in <paramref name="errors"/>, when the settings cannot be used.</summary>
    /// <param name="given">What the user wrote.</param>
    /// <param name="file">The file it came from, for the messages.</param>
    /// <param name="member">The member that holds it there ("engine").</param>
    /// <param name="errors">Where errors go.</param>
    public static EngineConfiguration? Resolve(EngineSettings given, string file, string member, InputErrors errors)
    {
        var policy = BatchingPolicies.Find(given.Policy);
        if (policy is null)
        {
            errors.Add(file, 0, member + ".policy", $"there is no policy \"{given.Policy}\"", "use one of " + string.Join(", ", BatchingPolicies.Names));
            return null;
        }

        var known = errors.Count;
        var check = new SettingsCheck(file, member, errors);
        var d = policy.Defaults;
        var maxLength = check.AtLeast("maxLength", given.MaxLength ?? d.MaxLength ?? 4096, 1);
        var blocks = given.KvBlocks ?? d.KvBlocks ?? 0;
        if (blocks < 1) errors.Add(file, 0, member + ".kvBlocks", given.KvBlocks is null ? "is missing" : $"{blocks} is below 1", "give the number of KV blocks that the engine prints, or enough memory for at least one");
        var swap = check.OneOf("preemption", given.Preemption ?? d.Preemption ?? "recompute", ["recompute", "swap"]) == 1;
        var role = check.OneOf("role", given.Role ?? d.Role ?? "mixed", ["mixed", "prefill", "decode"]);
        var orders = policy.QueueOrders;
        var order = check.OneOf("queueOrder", given.QueueOrder ?? d.QueueOrder ?? "fcfs", [.. orders.Select(QueueOrders.Name)]);
        if (given.SlidingWindow > 0 && (given.PrefixCache ?? d.PrefixCache ?? false))
            errors.Add(file, 0, member + ".slidingWindow", "cannot be combined with a prefix cache", "set prefixCache to false: blocks that leave the window are given back");
        var ratio = check.Between("newTokenRatio", given.NewTokenRatio ?? d.NewTokenRatio ?? 0.7, 0, 1);
        var result = new EngineConfiguration
        {
            Policy = policy,
            MaxLength = maxLength,
            MaxBatchTokens = check.AtLeast("maxBatchTokens", given.MaxBatchTokens ?? d.MaxBatchTokens ?? Math.Max(2048, maxLength), 1),
            MaxSequences = check.AtLeast("maxSequences", given.MaxSequences ?? d.MaxSequences ?? 256, 1),
            BlockTokens = check.Within("blockTokens", given.BlockTokens ?? d.BlockTokens ?? 16, 1, 65536),
            KvBlocks = blocks,
            WatermarkBlocks = (long)(check.Below("watermark", given.Watermark ?? d.Watermark ?? 0, 0, 1) * blocks),
            PrefixCache = given.PrefixCache ?? d.PrefixCache ?? false,
            ReserveFullPrompt = given.ReserveFullPrompt ?? d.ReserveFullPrompt ?? false,
            LongPrefillTokens = check.AtLeast("longPrefillTokens", given.LongPrefillTokens ?? d.LongPrefillTokens ?? 0, 0),
            BatchesInFlight = given.BatchesInFlight is { } batches ? check.Within("batchesInFlight", batches, 1, 64) : 0,
            MaxBatchSequences = given.MaxBatchSequences is { } sequences ? check.AtLeast("maxBatchSequences", sequences, 1) : 0,
            QueueOrder = order < 0 ? QueueOrder.Fcfs : orders[order],
            PredictorError = check.Between("predictorError", given.PredictorError ?? 0, 0, 10),
            AgingTokensPerSecond = check.Between("agingTokensPerSecond", given.AgingTokensPerSecond ?? 10, 0, 1e9),
            PaddedBudget = given.PaddedBudget ?? d.PaddedBudget ?? false,
            Swap = swap,
            SwapBlocks = check.AtLeast("swapBlocks", given.SwapBlocks ?? d.SwapBlocks ?? 0, 0),
            KvBytesPerToken = check.Positive("kvBytesPerToken", given.KvBytesPerToken, swap || role == 1, "swapping and KV transfers take time by the byte"),
            HostLinkBytesPerSecond = check.Positive("hostLinkBytesPerSecond", given.HostLinkBytesPerSecond, swap, "swapped blocks go over this link"),
            MemoryBytesPerSecond = given.MemoryBytesPerSecond is { } bandwidth ? check.Positive("memoryBytesPerSecond", bandwidth, true, "") : null,
            CapturedBatchSizes = check.Ascending("capturedBatchSizes", given.CapturedBatchSizes ?? d.CapturedBatchSizes ?? []),
            CaptureMixedBatches = given.CaptureMixedBatches ?? d.CaptureMixedBatches ?? false,
            HostNanoseconds = check.AtLeast("hostNanoseconds", given.HostNanoseconds ?? d.HostNanoseconds ?? 0, 0),
            HostNanosecondsPerSequence = check.AtLeast("hostNanosecondsPerSequence", given.HostNanosecondsPerSequence ?? d.HostNanosecondsPerSequence ?? 0, 0),
            AsyncScheduling = given.AsyncScheduling ?? d.AsyncScheduling ?? false,
            SlidingWindow = check.AtLeast("slidingWindow", given.SlidingWindow ?? 0, 0),
            DecodesBetweenPrefills = check.AtLeast("decodesBetweenPrefills", given.DecodesBetweenPrefills ?? d.DecodesBetweenPrefills ?? 1, 1),
            EstimatedNewTokens = check.AtLeast("estimatedNewTokens", given.EstimatedNewTokens ?? d.EstimatedNewTokens ?? 4096, 1),
            BusyShare = check.Between("busyShare", given.BusyShare ?? d.BusyShare ?? 0, 0, 10),
            NewTokenRatio = ratio,
            MinNewTokenRatio = check.Between("minNewTokenRatio", given.MinNewTokenRatio ?? d.MinNewTokenRatio ?? Math.Min(0.1, ratio), 0, ratio),
            NewTokenRatioDecaySteps = check.AtLeast("newTokenRatioDecaySteps", given.NewTokenRatioDecaySteps ?? d.NewTokenRatioDecaySteps ?? 600, 1),
            MaxPrefillTokens = check.AtLeast("maxPrefillTokens", given.MaxPrefillTokens ?? d.MaxPrefillTokens ?? 16384, 1),
            Role = (ReplicaRole)Math.Max(0, role),
            MaxPreemptions = check.AtLeast("maxPreemptions", given.MaxPreemptions ?? d.MaxPreemptions ?? 4, 0),
        };
        return errors.Count == known ? result : null;
    }
}
