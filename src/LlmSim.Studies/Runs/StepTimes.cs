using System.Globalization;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Execution.Passes;
using LlmSim.Execution.StepCosts.MeasuredTables;
using LlmSim.Graphs.Batches;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Runs;

/// <summary>How long a decode iteration of a run's engine (of several, of the one that decodes most) takes over its batch size, and what limits it from which batch on.</summary>
internal static class StepTimes
{
    /// <summary>Contexts that are shown, as multiples of the run's mean.</summary>
    private static readonly double[] s_contexts = [0.25, 1, 4];

    /// <summary>Times over batches of powers of two up to the engine's seats, for contexts around the run's mean; without what a measured table does not hold.</summary>
    public static IReadOnlyList<StepTimePoint> Points(RunResult run)
    {
        var plan = Decoding(run);
        var mean = MeanContext(run);
        var points = new List<StepTimePoint>();
        foreach (var context in s_contexts.Select(c => Rounded(Math.Clamp(c * mean, 1, plan.Engine.MaxLength ?? int.MaxValue))).Distinct())
        {
            foreach (var batch in Batches(plan))
            {
                try
                {
                    var seconds = plan.Cost.Nanoseconds(BatchShape.UniformDecode(batch, context, plan.Cost.Needs)) / 1e9;
                    points.Add(new StepTimePoint(batch, context, seconds, BoundOf(plan, batch, context)));
                }
                catch (OutsideTableException)
                {
                    // A table is not stretched beyond what was measured; what it holds is shown.
                }
            }
        }

        return points;
    }

    /// <summary>What limits a decode iteration at the run's mean context, in a sentence: "bound by reading weights to batch 64, by reading the KV cache from there on".</summary>
    public static string Sentence(RunResult run)
    {
        var plan = Decoding(run);
        var context = Rounded(MeanContext(run));
        var turns = new List<(int Batch, string Limit)>();
        var most = Batches(plan)[^1];
        for (var batch = 1; batch <= most; batch++)
        {
            var limit = LimitOf(plan, batch, context);
            if (turns.Count == 0 || turns[^1].Limit != limit) turns.Add((batch, limit));
        }

        var text = string.Join(", ", turns.Select((t, i) => i == 0 ? t.Limit : string.Create(CultureInfo.InvariantCulture, $"from batch {t.Batch} on {t.Limit}")));
        return $"Decode{(run.Replicas.Select(p => p.Hardware).Distinct().Count() > 1 ? " on " + plan.Hardware : "")} at {SiFormat.Count(context)} tokens of context: {text}.";
    }

    /// <summary>The plan of the replica that decoded most.</summary>
    private static ReplicaPlan Decoding(RunResult run) =>
        run.Replicas[Enumerable.Range(0, run.Replicas.Count).MaxBy(r => run.Totals[r].DecodeTokens)];

    private static double MeanContext(RunResult run) =>
        run.Rows.Length == 0 ? 1 : Math.Max(1, run.Rows.Average(r => r.PromptTokens + r.OutputTokens / 2.0));

    // A context of 1,176.3 tokens says no more than one of 1,200.
    private static int Rounded(double tokens)
    {
        var step = Math.Pow(10, Math.Max(0, Math.Floor(Math.Log10(tokens)) - 1));
        return (int)Math.Max(1, Math.Round(tokens / step) * step);
    }

    private static List<int> Batches(ReplicaPlan plan)
    {
        var seats = (int)Math.Clamp(plan.Engine.MaxSequences ?? 256, 1, 1024);
        var batches = new List<int>();
        for (var batch = 1; batch < seats; batch *= 2) batches.Add(batch);
        batches.Add(seats);
        return batches;
    }

    private static IEnumerable<PassRow> Rows(ReplicaPlan plan, int batch, int context) => plan.Stages.SelectMany(
        s => ForwardPass.Run(s, BatchShape.UniformDecode(batch, context, ForwardPass.Needs(s, plan.Time)), plan.Precision, plan.Time).Rows);

    private static ChartBound BoundOf(ReplicaPlan plan, int batch, int context) =>
        FetchingOf(plan, batch, context) is { HoldsUp: true } ? ChartBound.Link
        : Rows(plan, batch, context).GroupBy(r => r.Time.Bound).MaxBy(g => g.Sum(r => r.TotalSeconds))!.Key switch
        {
            Bound.Memory => ChartBound.Memory,
            Bound.Compute => ChartBound.Compute,
            Bound.Link => ChartBound.Link,
            _ => ChartBound.Overhead,
        };

    /// <summary>The pass with what it fetches from outside the device; null where nothing is offloaded.</summary>
    private static Fetching? FetchingOf(ReplicaPlan plan, int batch, int context) => plan.Offload is not { } offload ? null
        : Fetching.Of(plan, offload, plan.Precision, BatchShape.UniformDecode(batch, context, ForwardPass.Needs(plan.Stages[0], plan.Time)));

    private static string LimitOf(ReplicaPlan plan, int batch, int context) =>
        FetchingOf(plan, batch, context) is { HoldsUp: true } fetching ? "held up by " + fetching.What : LimitOfOperators(plan, batch, context);

    private static string LimitOfOperators(ReplicaPlan plan, int batch, int context) => Rows(plan, batch, context).GroupBy(r => r.Time.Bound switch
    {
        Bound.Compute => "bound by arithmetic",
        Bound.Link => "held up by communication between devices",
        Bound.Overhead => "held up by fixed costs of operators",
        _ => r.Work.KvBytes > r.Work.WeightBytes ? $"bound by reading the KV cache from {plan.Device.MainMemory.Name}"
            : r.Work.WeightBytes > 0.5 * r.Work.MemoryBytes ? $"bound by reading weights from {plan.Device.MainMemory.Name}"
            : $"bound by moving activations through {plan.Device.MainMemory.Name}",
    }).MaxBy(g => g.Sum(r => r.TotalSeconds))!.Key;
}
