using LlmSim.Charts.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>A figure of a pass, by the name it has in tables. To add one: a line in <see cref="All"/>.</summary>
/// <param name="Name">Its name, with the unit: "linear_seconds".</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Of">Takes it from a pass.</param>
public sealed record PassMetric(string Name, Unit Unit, Func<PassAnswer, double> Of)
{
    /// <summary>All metrics, in the order of the columns of a table.</summary>
    public static IReadOnlyList<PassMetric> All { get; } =
    [
        new("seconds", Unit.Seconds, a => a.Seconds),
        new("tokens_per_second", Unit.TokensPerSecond, a => a.TokensPerSecond),
        new("flops", Unit.Flops, a => a.Flops),
        new("bytes", Unit.Bytes, a => a.Bytes),
        new("flops_per_byte", Unit.FlopsPerByte, a => a.Flops / a.Bytes),
        new("flops_per_second", Unit.FlopsPerSecond, a => a.Flops / a.Seconds),
        new("memory_bound_share", Unit.Share, MemoryBoundShare),
        new("linear_seconds", Unit.Seconds, a => Sum(a, IsLinear, r => r.TotalSeconds)),
        new("linear_bytes", Unit.Bytes, a => Sum(a, IsLinear, r => r.Count * r.Bytes)),
        new("linear_memory_bound_share", Unit.Share, LinearMemoryBoundShare),
        new("operator_seconds", Unit.Seconds, a => a.OperatorSeconds),
        new("attention_seconds", Unit.Seconds, a => Sum(a, IsAttention, r => r.TotalSeconds)),
        new("attention_bytes", Unit.Bytes, a => Sum(a, IsAttention, r => r.Count * r.Bytes)),
        new("weight_bytes", Unit.Bytes, a => a.WeightBytes),
        new("kv_cache_bytes", Unit.Bytes, a => a.KvCacheBytes),
        new("activation_bytes", Unit.Bytes, a => a.ActivationBytes),
        new("memory_bytes", Unit.Bytes, a => a.PeakMemoryBytes),
        new("capacity_bytes", Unit.Bytes, a => a.CapacityBytes),
        new("host_bytes", Unit.Bytes, a => Beside(a, MemoryKind.Host)),
        new("flash_bytes", Unit.Bytes, a => Beside(a, MemoryKind.Flash)),
        new("bubble_share", Unit.Share, a => a.BubbleShare),
        new("prefill_seconds", Unit.Seconds, a => a.PrefillSeconds),
        new("decode_seconds", Unit.Seconds, a => a.DecodeSeconds),
        new("published_tokens_per_second", Unit.TokensPerSecond, a => a.Question.PublishedTokensPerSecond ?? double.NaN),
        new("predicted_over_published", Unit.None, a => a.TokensPerSecond / (a.Question.PublishedTokensPerSecond ?? double.NaN)),
    ];

    /// <summary>The metric of that name.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static PassMetric Named(string name) => All.First(m => m.Name == name);

    /// <summary>Share of the pass's time in operators that wait for memory, 0 to 1.</summary>
    public static double MemoryBoundShare(PassAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Sum(answer, r => r.Bound == Bound.Memory, r => r.TotalSeconds) / answer.OperatorSeconds;
    }

    /// <summary>Share of the linear layers' time in those that wait for memory, 0 to 1.</summary>
    public static double LinearMemoryBoundShare(PassAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return Sum(answer, r => IsLinear(r) && r.Bound == Bound.Memory, r => r.TotalSeconds) / Sum(answer, IsLinear, r => r.TotalSeconds);
    }

    /// <summary>Whether a row multiplies by weights.</summary>
    public static bool IsLinear(AnalysisRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Spec is null ? row.WeightBytes > 0 && row.Flops > 0 : row.Spec.Kernel is Linear or MixtureOfExperts or Router;
    }

    /// <summary>Whether a row is attention or a part of it, projections not among them.</summary>
    public static bool IsAttention(AnalysisRow row)
    {
        ArgumentNullException.ThrowIfNull(row);
        return row.Spec is null
            ? row.WeightBytes <= 0 && (row.KvBytes > 0 || row.Name == "softmax")
            : row.Spec.Kernel is Attention or AttentionScores or Softmax or AttentionValues or MultiLatentAttention;
    }

    /// <summary>What a memory beside the device holds, in bytes.</summary>
    private static double Beside(PassAnswer answer, MemoryKind kind) =>
        answer.Question.Device.MemoryOf(kind) is { } memory ? answer.Tiers.Where(t => t.Name == memory.Name || t.Name.StartsWith(memory.Name + ",", StringComparison.Ordinal)).Sum(t => t.PeakBytes) : 0;

    private static double Sum(PassAnswer answer, Func<AnalysisRow, bool> which, Func<AnalysisRow, double> of) => answer.Rows.Where(which).Sum(of);
}
