namespace LlmSim.Studies.Passes;

/// <summary>An analysed forward pass or generation: its operators and their totals, for one device of each stage.</summary>
public sealed record PassAnswer
{
    /// <summary>What was asked.</summary>
    public required PassQuestion Question { get; init; }

    /// <summary>Operators, in order of execution.</summary>
    public required IReadOnlyList<AnalysisRow> Rows { get; init; }

    /// <summary>Duration, in seconds: the operators one after another, or the schedule's where copies or stages overlap with them.</summary>
    public required double Seconds { get; init; }

    /// <summary>Floating-point operations of the whole pass.</summary>
    public required double Flops { get; init; }

    /// <summary>Bytes moved in the whole pass.</summary>
    public required double Bytes { get; init; }

    /// <summary>What memory holds: that of the device (of the fullest stage) first, then others in which something lies.</summary>
    public required IReadOnlyList<TierUse> Tiers { get; init; }

    /// <summary>Duration of a generation's prefill, in seconds; NaN for a single pass.</summary>
    public double PrefillSeconds { get; init; } = double.NaN;

    /// <summary>Duration of one decode pass of a generation, at the mean context, in seconds; NaN for a single pass.</summary>
    public double DecodeSeconds { get; init; } = double.NaN;

    /// <summary>Share of their time during which pipeline stages idle, 0 to 1; 0 without stages.</summary>
    public double BubbleShare { get; init; }

    /// <summary>Where weights or keys and values are fetched: the unit that is busiest, "device" or "copies to device"; empty where the operators alone take the time.</summary>
    public string BusiestUnit { get; init; } = "";

    /// <summary>Share of the pass (of a generation's longer part) during which that unit is busy, 0 to 1.</summary>
    public double BusiestShare { get; init; }

    /// <summary>Whether fetching, and not the device's own work, is what holds the pass up.</summary>
    public bool IsHeldUp => BusiestUnit is not ("" or DeviceUnit);

    /// <summary>The unit that is the device itself.</summary>
    internal const string DeviceUnit = "device";

    /// <summary>What was running when activations peaked, for people: "layer/gate_up_proj"; empty when unknown.</summary>
    public string ActivationPeakAt { get; init; } = "";

    /// <summary>Bytes of weights in the device's memory.</summary>
    public double WeightBytes => Tiers[0].WeightBytes;

    /// <summary>Bytes of keys and values in the device's memory after the pass.</summary>
    public double KvCacheBytes => Tiers[0].KvCacheBytes;

    /// <summary>Most bytes of activations and buffers alive at one moment in the device's memory.</summary>
    public double ActivationBytes => Tiers[0].ActivationBytes;

    /// <summary>Weights, KV cache and activations in the device's memory, in bytes.</summary>
    public double PeakMemoryBytes => Tiers[0].PeakBytes;

    /// <summary>Main memory of the device, in bytes.</summary>
    public double CapacityBytes => Tiers[0].CapacityBytes;

    /// <summary>Whether the pass fits every memory that it uses.</summary>
    public bool Fits => Tiers.All(t => t.Fits);

    /// <summary>New tokens that the pass processes; for a generation those that it generates.</summary>
    public long Tokens => Question.OutputTokens is { } output ? (long)Question.Batch * output
        : Question.Phase == Graphs.Batches.Phase.Prefill ? (long)Question.Batch * Question.Length : Question.Batch + Question.ChunkTokens;

    /// <summary>What its operators take by themselves, one after another, in seconds; more than the pass where stages work at once.</summary>
    public double OperatorSeconds => Rows.Sum(r => r.TotalSeconds);

    /// <summary>New tokens per second if passes followed each other without a gap.</summary>
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;

    /// <summary>Share of the operators' time that a row takes, 0 to 1.</summary>
    public double Share(AnalysisRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return OperatorSeconds is > 0 and var all ? row.TotalSeconds / all : 0;
    }
}
