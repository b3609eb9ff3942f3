using LlmSim.Execution.Offloading;
using LlmSim.Execution.Schedules;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;
using LlmSim.Serving.Results;

namespace LlmSim.Studies.Runs.Files;

/// <summary>
/// Writes the operators of single iterations into a run's timeline: a track for each pipeline stage, or for each unit where weights are fetched meanwhile. They end
/// where the iteration ends; what comes before them is the host's time, blocks that are moved, and stages that are still at work on other batches.
/// </summary>
internal static class TimelineOperators
{
    // Behind the lanes and the requests.
    private const int FirstTrack = 100;

    // Measured size of one event, in bytes, rounded up.
    private const int BytesOfOperator = 170;

    /// <summary>Writes the operators of as many batches as the budget holds; how many that were.</summary>
    /// <param name="json">Where.</param>
    /// <param name="plans">What the replicas execute.</param>
    /// <param name="batches">The batches.</param>
    /// <param name="budget">Bytes that may be written.</param>
    public static int Write(CsvBuffer json, IReadOnlyList<ReplicaPlan> plans, IReadOnlyList<BatchRecord> batches, double budget)
    {
        var written = 0;
        foreach (var batch in batches)
        {
            var operators = Operators(plans[batch.Replica], batch.Shape);
            budget -= operators.Count * (double)BytesOfOperator;
            if (budget < 0) break;
            var length = operators.Count == 0 ? 0 : operators.Max(o => o.End);
            // Picoseconds within the pass; nanoseconds outside.
            var begin = Math.Max(batch.StartNanoseconds, batch.EndNanoseconds - length / 1000);
            foreach (var o in operators)
            {
                json.Text("{\"ph\":\"X\",\"cat\":\"operator\",\"name\":\""u8).Text(o.Name).Text("\",\"pid\":"u8).Number(batch.Replica).Text(",\"tid\":"u8).Number(FirstTrack + o.Track)
                    .Text(",\"ts\":"u8).Microseconds(begin + o.Start / 1000).Text(",\"dur\":"u8).Microseconds(o.End / 1000 - o.Start / 1000)
                    .Text(",\"args\":{\"bound\":\""u8).Text(o.Bound).Text("\"}},\n"u8);
            }

            written++;
        }

        Names(json, plans, batches.Take(written));
        return written;
    }

    private static void Names(CsvBuffer json, IReadOnlyList<ReplicaPlan> plans, IEnumerable<BatchRecord> batches)
    {
        foreach (var replica in batches.Select(b => b.Replica).Distinct().Order())
        {
            var plan = plans[replica];
            var names = plan.Offload is null
                ? [.. plan.Stages.Select((_, stage) => plan.Stages.Count == 1 ? "operators" : $"operators of stage {stage}")]
                : Schedule(plan, BatchShape.UniformDecode(1, 1, plan.Cost.Needs)).Plan.Units;
            for (var track = 0; track < names.Count; track++)
            {
                json.Text("{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":"u8).Number(replica).Text(",\"tid\":"u8).Number(FirstTrack + track)
                    .Text(",\"args\":{\"name\":\""u8).Text(names[track]).Text("\"}},\n"u8);
            }
        }
    }

    private static List<Event> Operators(ReplicaPlan plan, BatchShape shape) => plan.Offload is null ? InSequence(plan, shape) : Fetched(plan, shape);

    /// <summary>Stage after stage, layer after layer.</summary>
    private static List<Event> InSequence(ReplicaPlan plan, BatchShape shape)
    {
        var events = new List<Event>();
        var at = 0.0;
        for (var stage = 0; stage < plan.Stages.Count; stage++)
        {
            foreach (var (layer, group) in InOrder(plan.Stages[stage]))
            {
                foreach (var step in group.Operators)
                {
                    var time = plan.Time.Time(step.Spec, step.Spec.Work(shape, plan.Precision), shape, plan.Precision);
                    var end = at + time.Seconds * 1e12;
                    events.Add(new Event(layer < 0 ? step.Name : $"{layer}: {step.Name}", stage, (long)Math.Round(at), (long)Math.Round(end), time.Bound.ToString()));
                    at = end;
                }
            }
        }

        return events;
    }

    private static IEnumerable<(int Layer, LayerGroup Group)> InOrder(LanguageModel model)
    {
        if (model.Prologue is not null) yield return (-1, model.Prologue);
        foreach (var (layer, group) in model.LayerGroups.SelectMany(g => g.Layers.Select(l => (l, g))).OrderBy(l => l.l)) yield return (layer, group);
        if (model.Epilogue is not null) yield return (-1, model.Epilogue);
    }

    private static List<Event> Fetched(ReplicaPlan plan, BatchShape shape)
    {
        var schedule = Schedule(plan, shape);
        var events = new List<Event>();
        for (var place = 0; place < schedule.Plan.Order.Count; place++)
        {
            var activities = schedule.Plan.Sections[schedule.Plan.Order[place]].Activities;
            for (var a = 0; a < activities.Count; a++)
                events.Add(new Event(activities[a].Name, activities[a].Unit, schedule.Start(place, a), schedule.End(place, a), activities[a].Bound.ToString()));
        }

        return events;
    }

    private static PassSchedule Schedule(ReplicaPlan plan, BatchShape shape) =>
        Scheduler.Run(new OffloadPlanner(plan.Stages[0], plan.Precision, plan.Device, plan.Time, plan.Offload!).Plan(shape));

    /// <summary>One operator or copy; moments are picoseconds since the pass began.</summary>
    private readonly record struct Event(string Name, int Track, long Start, long End, string Bound);
}
