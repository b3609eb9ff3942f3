namespace LlmSim.Serving.Results;

/// <summary>What one replica did up to now, as exact sums.</summary>
public sealed record ReplicaTotals
{
    /// <summary>Iterations ended.</summary>
    public long Iterations { get; internal set; }

    /// <summary>Nanoseconds in which at least one iteration was under way, host time and swapping included.</summary>
    public long BusyNanoseconds { get; internal set; }

    /// <summary>Stages of the pipeline.</summary>
    public int Stages { get; internal set; } = 1;

    /// <summary>Nanoseconds in which stages worked, summed over them; what this lacks of <see cref="Stages"/> × <see cref="BusyNanoseconds"/> is the pipeline's bubble. 0 where there is one stage.</summary>
    public long StageNanoseconds { get; internal set; }

    /// <summary>Nanoseconds of <see cref="BusyNanoseconds"/> that were host time not hidden behind the device.</summary>
    public long HostNanoseconds { get; internal set; }

    /// <summary>Nanoseconds of <see cref="BusyNanoseconds"/> that were spent on swapping KV blocks.</summary>
    public long SwapNanoseconds { get; internal set; }

    /// <summary>Iterations that processed prompt tokens.</summary>
    public long PrefillIterations { get; internal set; }

    /// <summary>Prompt tokens processed, recomputed ones included.</summary>
    public long PrefillTokens { get; internal set; }

    /// <summary>Tokens decoded (each by a pass of its own; the first token of a request comes from its prefill).</summary>
    public long DecodeTokens { get; internal set; }

    /// <summary>Sequences over all iterations: their mean batch size is this over <see cref="Iterations"/>.</summary>
    public long SequenceIterations { get; internal set; }

    /// <summary>Query-key pairs of all passes under causal attention, for FLOPs.</summary>
    public double Pairs { get; internal set; }

    /// <summary>Tokens in the cache after each pass, summed over sequences and passes, for KV bytes read.</summary>
    public double ContextTokens { get; internal set; }

    /// <summary>Logits rows computed.</summary>
    public long SampledPositions { get; internal set; }

    /// <summary>KV blocks copied because one of several outputs of a prompt wrote into a block that others held too.</summary>
    public long BlocksCopied { get; internal set; }

    /// <summary>Nanoseconds that those copies took, where the memory's bandwidth is known.</summary>
    public long CopyNanoseconds { get; internal set; }

    /// <summary>Sequences preempted.</summary>
    public long Preemptions { get; internal set; }

    /// <summary>Of those, sequences swapped out instead of recomputed.</summary>
    public long SwappedOut { get; internal set; }

    /// <summary>Tokens that resumed requests had to prefill again.</summary>
    public long RecomputedTokens { get; internal set; }

    /// <summary>Tokens that the prefix cache spared, over all admissions.</summary>
    public long PrefixHitTokens { get; internal set; }

    /// <summary>Tokens that admissions asked the prefix cache for: the hit rate is <see cref="PrefixHitTokens"/> over this.</summary>
    public long PrefixQueryTokens { get; internal set; }

    /// <summary>KV blocks that this replica has.</summary>
    public long KvBlocks { get; internal set; }

    /// <summary>Tokens of one KV block.</summary>
    public int BlockTokens { get; internal set; }

    /// <summary>Most blocks in use at once; cached blocks that nobody uses do not count.</summary>
    public long PeakKvBlocks { get; internal set; }

    /// <summary>Blocks in use × nanoseconds, over busy time; over <see cref="BusyNanoseconds"/> it is the time-weighted mean.</summary>
    public double KvBlockNanoseconds { get; internal set; }

    /// <summary>Most host blocks in use by swapped-out sequences at once.</summary>
    public long PeakSwappedBlocks { get; internal set; }

    /// <summary>Requests whose keys and values this replica sent to one that decodes them.</summary>
    public long Transfers { get; internal set; }

    /// <summary>Nanoseconds in which its link to the decode replicas was sending.</summary>
    public long TransferNanoseconds { get; internal set; }

    /// <summary>
    /// Nanoseconds from the end of prompts to the beginning of their transfers, summed over the transfers that ended: behind earlier ones on the link, or for
    /// room on a decode replica. A request has its first token by then; it waits for its second.
    /// </summary>
    public long TransferWaitNanoseconds { get; internal set; }

    /// <summary>Of those, nanoseconds in which the link stood idle because no decode replica had room for the transfer or for one before it.</summary>
    public long TransferRoomNanoseconds { get; internal set; }

    /// <summary>KV blocks handed out (a hit of the prefix cache counts), which must equal <see cref="BlocksReleased"/> once nothing runs.</summary>
    public long BlocksTaken { get; internal set; }

    /// <summary>KV blocks given back.</summary>
    public long BlocksReleased { get; internal set; }
}
