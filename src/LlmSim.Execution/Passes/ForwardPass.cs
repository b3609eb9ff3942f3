using LlmSim.Execution.Memory;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Passes;

/// <summary>One forward pass as a sum of its operators: what <c>analyze</c> shows.</summary>
public static class ForwardPass
{
    /// <summary>Counts and times every operator under the standard rules: what an engine does for this batch.</summary>
    /// <param name="model">What one device executes; already sharded where several share the work.</param>
    /// <param name="batch">The batch, with the sums that <see cref="Needs"/> names.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="time">The device's operator times.</param>
    public static PassResult Run(LanguageModel model, in BatchShape batch, in Precision precision, ITimeModel time)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(time);
        var rows = new List<PassRow>();
        var total = default(OperatorWork);
        var seconds = 0.0;
        foreach (var group in model.Groups)
        {
            foreach (var step in group.Operators)
            {
                var work = step.Spec.Work(batch, precision);
                var row = new PassRow(group.Name, step.Name, group.Count, step.Spec, work, time.Time(step.Spec, work, batch, precision));
                rows.Add(row);
                total += work.Times(row.Count);
                seconds += row.TotalSeconds;
            }
        }

        return new PassResult
        {
            Rows = rows,
            Seconds = seconds,
            Work = total,
            WeightBytes = model.WeightBytes(precision),
            KvCacheBytes = model.KvElementsPerToken * batch.ContextTokens * precision.KvCache.Bytes(),
            Activations = LiveRanges.PeakOf(model, batch, precision),
        };
    }

    /// <summary>The sums that a batch must carry for this model and time model.</summary>
    public static BatchNeeds Needs(LanguageModel model, ITimeModel time)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(time);
        return time.Needs with { Windows = [.. time.Needs.Windows.Union(model.Needs.Windows).Order()] };
    }
}
