using System.Globalization;
using LlmSim.Charts;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;

namespace LlmSim.Studies.Passes;

/// <summary>A pass as a Gantt chart over the memory of its first device: the operators of the first layers, or for a pipeline the micro-batches on its stages.</summary>
internal static class PassGantt
{
    // More spans than this are a grey band on paper; the trace has them all.
    private const int SpansInPicture = 45, SectionsAhead = 8, MicroBatchesInPicture = 400;

    /// <summary>Draws a schedule.</summary>
    /// <param name="question">What was asked.</param>
    /// <param name="schedule">The single pass, placed.</param>
    public static Chart Draw(PassQuestion question, PassSchedule schedule)
    {
        var stages = question.Parallelism.Pipeline;
        return stages > 1 && stages * question.MicroBatches <= MicroBatchesInPicture ? Pipeline(question, schedule) : Operators(question, schedule);
    }

    private static Chart Operators(PassQuestion question, PassSchedule schedule)
    {
        var plan = schedule.Plan;
        var spans = new List<GanttSpan>();
        var places = 0;
        while (places < plan.Order.Count && spans.Count < SpansInPicture) Add(places++, double.PositiveInfinity);
        var until = spans.Count == 0 ? 0 : spans.Max(s => s.EndSeconds);
        // What later sections fetch ahead belongs into the picture too.
        for (var ahead = places; ahead < Math.Min(plan.Order.Count, places + SectionsAhead); ahead++) Add(ahead, until);
        var shown = places < plan.Order.Count ? $"the first {places} of {plan.Order.Count} sections; trace.json has all" : "the whole pass";
        var busiest = Enumerable.Range(0, plan.Units.Count).MaxBy(schedule.Utilization);
        var name = plan.Units[busiest];
        return GanttChart.Build(
            Head(question, $"{char.ToUpperInvariant(name[0])}{name[1..]}: busy {Share(schedule.Utilization(busiest))} of the pass of {Length(schedule)}", shown),
            [.. spans.Select(s => s.Lane).Distinct()], spans, [.. Curves(schedule).Select(c => Track(c, plan, until))]);

        void Add(int place, double before)
        {
            var activities = plan.Sections[plan.Order[place]].Activities;
            for (var a = 0; a < activities.Count; a++)
            {
                var (activity, start, end) = (activities[a], schedule.Start(place, a) * 1e-12, schedule.End(place, a) * 1e-12);
                if (start < before && end > start)
                    spans.Add(new GanttSpan(plan.Units[activity.Unit], activity.Bound.ToString().ToLowerInvariant() + "-bound", activity.Name, start, Math.Min(end, before)));
            }
        }
    }

    private static Chart Pipeline(PassQuestion question, PassSchedule schedule)
    {
        var plan = schedule.Plan;
        var stages = PassPlanning.Pipeline(question, PassPlanning.Executed(question)).PlacesPerStage;
        var (spans, lanes, place) = (new List<GanttSpan>(), Enumerable.Range(1, stages.Count).Select(s => $"stage {s}").ToList(), 0);
        for (var m = 0; m < question.MicroBatches; m++)
        {
            for (var s = 0; s < stages.Count; s++)
            {
                var last = place + stages[s] - 1;
                var ends = Enumerable.Range(0, plan.Sections[plan.Order[last]].Activities.Count).Max(a => schedule.End(last, a));
                spans.Add(new GanttSpan(lanes[s], "micro-batch", (m + 1).ToString(CultureInfo.InvariantCulture), schedule.Start(place, 0) * 1e-12, ends * 1e-12));
                place = last + 1;
            }
        }

        var busy = spans.Sum(s => s.EndSeconds - s.StartSeconds) / (stages.Count * schedule.Picoseconds * 1e-12);
        return GanttChart.Build(
            Head(question, $"{stages.Count} stages idle {Share(1 - busy)} of the pass of {Length(schedule)}", $"{question.MicroBatches} micro-batches of {question.SequencesPerPart}; trace.json has the operators"),
            lanes, spans, [.. Curves(schedule).Take(1).Select(c => Track(c, plan, schedule.Picoseconds * 1e-12))]);
    }

    /// <summary>Memories in which anything changes or lies, the first few.</summary>
    private static IEnumerable<MemoryCurve> Curves(PassSchedule schedule) => MemoryCurve.Of(schedule).Where((c, i) => i == 0 || c.PeakBytes > 0).Take(3);

    private static ChartHead Head(PassQuestion question, string title, string shown) => new(
        title, $"{question.Model.Name} on {question.Devices(question.Device.Title)}, {question.Kind}, batch {question.Batch}, {question.LengthText}: {shown}", question.StatedError);

    private static MemoryTrack Track(MemoryCurve curve, PassPlan plan, double until)
    {
        var points = curve.Points.TakeWhile((p, i) => i == 0 || p.Picoseconds * 1e-12 <= until).ToList();
        // What is occupied stays so to the end of the picture.
        points.Add(((long)(until * 1e12), points[^1].Bytes));
        var residents = plan.Residents.Where(r => plan.Tiers[r.Tier].Name == curve.Tier).ToList();
        var resident = residents.Sum(r => r.Bytes);
        return new MemoryTrack(
            curve.Tier,
            [.. points.Select(p => p.Picoseconds * 1e-12)],
            [
                .. residents.Select(r => new MemoryUse(r.Name, [.. points.Select(_ => r.Bytes)])),
                new MemoryUse("activations", [.. points.Select(p => Math.Max(0, p.Bytes - resident))]),
            ],
            curve.CapacityBytes);
    }

    private static string Share(double share) => share.ToString("0 %", CultureInfo.InvariantCulture);

    private static string Length(PassSchedule schedule) => SiFormat.Value(schedule.Picoseconds * 1e-12, Unit.Seconds);
}
