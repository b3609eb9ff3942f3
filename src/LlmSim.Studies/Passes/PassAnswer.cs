namespace LlmSim.Studies.Passes;

/// <summary>An analysed forward pass: its operators and their totals, for one device.</summary>
public sealed record PassAnswer
{
    /// <summary>What was asked.</summary>
    public required PassQuestion Question { get; init; }

    /// <summary>Operators, in order of execution.</summary>
    public required IReadOnlyList<AnalysisRow> Rows { get; init; }

    /// <summary>Duration: the operators one after another, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>Floating-point operations of the whole pass.</summary>
    public required double Flops { get; init; }

    /// <summary>Bytes moved in the whole pass.</summary>
    public required double Bytes { get; init; }

    /// <summary>Bytes that the weights occupy.</summary>
    public required double WeightBytes { get; init; }

    /// <summary>Bytes that the KV cache occupies after the pass.</summary>
    public required double KvCacheBytes { get; init; }

    /// <summary>Largest sum of activations alive at one moment, in bytes.</summary>
    public required double ActivationBytes { get; init; }

    /// <summary>What was running when activations peaked, for people: "layer/gate_up_proj"; empty when unknown.</summary>
    public string ActivationPeakAt { get; init; } = "";

    /// <summary>Weights, KV cache and activations, in bytes.</summary>
    public double PeakMemoryBytes => WeightBytes + KvCacheBytes + ActivationBytes;

    /// <summary>Main memory of the device, in bytes.</summary>
    public double CapacityBytes => Question.Device.MainMemory.CapacityBytes;

    /// <summary>Whether the pass fits the device's main memory.</summary>
    public bool Fits => PeakMemoryBytes <= CapacityBytes;

    /// <summary>New tokens that the pass processes.</summary>
    public long Tokens => Question.Phase == Graphs.Batches.Phase.Prefill ? (long)Question.Batch * Question.Length : Question.Batch;

    /// <summary>New tokens per second if passes followed each other without a gap.</summary>
    public double TokensPerSecond => Seconds > 0 ? Tokens / Seconds : 0;

    /// <summary>Share of the pass that a row takes, 0 to 1.</summary>
    public double Share(AnalysisRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return Seconds > 0 ? row.TotalSeconds / Seconds : 0;
    }
}
