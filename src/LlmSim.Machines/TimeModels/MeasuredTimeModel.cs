using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Machines.TimeModels;

/// <summary>
/// Times from a measured table, as utilisation of the ideal time; another model answers for operators and sizes that the table does not reach.
/// </summary>
/// <param name="table">The table.</param>
/// <param name="ideal">The ideal times that its utilisations refer to.</param>
/// <param name="beyond">The model beyond the table.</param>
public sealed class MeasuredTimeModel(MeasuredTable table, IdealTimeModel ideal, ITimeModel beyond) : ITimeModel
{
    private readonly SortedSet<string> _outside = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public string Kind => "measured";

    /// <inheritdoc/>
    public BatchNeeds Needs => beyond.Needs;

    /// <summary>Kinds of operators for which the other model had to answer at least once.</summary>
    public IReadOnlyCollection<string> Outside => _outside;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Warnings => beyond.Warnings;

    /// <inheritdoc/>
    public string StatedError(TimedOperators timed) => $"operator times: measured, {table.Name} ({table.Count} points); beyond it {beyond.StatedError(timed)}";

    /// <inheritdoc/>
    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        if (Utilization(spec, batch) is { } utilization)
        {
            var time = ideal.Time(spec, work, batch, precision);
            return time with { Seconds = time.Seconds / utilization };
        }

        if (spec is Linear or Attention && work.MemoryBytes > 0) _outside.Add(spec is Linear ? "gemm" : "attention");
        return beyond.Time(spec, work, batch, precision);
    }

    private double? Utilization(OperatorSpec spec, in BatchShape batch)
    {
        switch (spec)
        {
            case Linear linear:
                return table.Utilization(MeasuredClass.Gemm, linear.Outputs, linear.Inputs, 0, linear.Rows.Rows(batch), 1);
            case Attention { Window: null } a when batch.Decode.Tokens == 0 && batch.Prefill.Tokens > 0 && batch.Prefill.Tokens == batch.Prefill.ContextTokens:
                return table.Utilization(
                    MeasuredClass.PrefillAttention, a.Heads, a.KvHeads, a.HeadDim, batch.Prefill.Sequences, (double)batch.Prefill.Tokens / batch.Prefill.Sequences);
            case Attention { Window: null } a when batch.Prefill.Tokens == 0 && batch.Decode.Tokens > 0:
                return table.Utilization(
                    MeasuredClass.DecodeAttention, a.Heads, a.KvHeads, a.HeadDim, batch.Decode.Sequences, (double)batch.Decode.ContextTokens / batch.Decode.Sequences);
            default:
                return null;
        }
    }
}
