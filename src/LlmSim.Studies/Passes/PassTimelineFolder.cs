using System.Globalization;
using LlmSim.Charts;
using LlmSim.Charts.Set;
using LlmSim.Charts.Svg;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Files;
using LlmSim.Kernel.Recording;

namespace LlmSim.Studies.Passes;

/// <summary>
/// The folder that <c>analyze --timeline</c> writes: one pass placed on its units, every operator of every layer. <c>trace.json</c> for Perfetto,
/// <c>activities.csv</c>, and <c>gantt.svg</c> with the first layers over their memory.
/// </summary>
public static class PassTimelineFolder
{
    // More spans than this are a grey band on paper; the trace has them all.
    private const int SpansInPicture = 45;

    /// <summary>Writes the folder, whole or not at all.</summary>
    /// <param name="path">Where.</param>
    /// <param name="question">The pass, under the standard rules.</param>
    public static void Write(string path, PassQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var schedule = Schedule(question);
        var group = question.TensorParallel > 1 ? $"{question.Device.Name} (one of {question.TensorParallel})" : question.Device.Name;
        var timeline = PassTimeline.Of(schedule, group);
        using var folder = new AtomicFolder(path);
        using (var trace = File.Create(folder.File("trace.json"))) PerfettoTrace.Write(timeline, trace);
        using (var table = File.Create(folder.File("activities.csv"))) TimelineCsv.Write(timeline, table);
        new SvgRenderer().Save(Gantt(question, schedule), folder.File("gantt.svg"));
        folder.Commit();
    }

    /// <summary>The pass on one stream, as engines issue it: as long as its operators together.</summary>
    internal static PassSchedule Schedule(PassQuestion question)
    {
        var model = PassAnalysis.Executed(question);
        var planner = new PassPlanner(model, question.Precision, question.Device, question.Time);
        return Scheduler.Run(planner.Plan(PassAnalysis.BatchOf(question, model)));
    }

    private static Chart Gantt(PassQuestion question, PassSchedule schedule)
    {
        var plan = schedule.Plan;
        var spans = new List<GanttSpan>();
        var places = 0;
        for (; places < plan.Order.Count && spans.Count < SpansInPicture; places++)
        {
            var activities = plan.Sections[plan.Order[places]].Activities;
            for (var a = 0; a < activities.Count; a++)
            {
                var activity = activities[a];
                spans.Add(new GanttSpan(
                    plan.Units[activity.Unit], activity.Bound.ToString().ToLowerInvariant() + "-bound", activity.Name,
                    schedule.Start(places, a) * 1e-12, schedule.End(places, a) * 1e-12));
            }
        }

        var until = spans.Count == 0 ? 0 : spans.Max(s => s.EndSeconds);
        var shown = places < plan.Order.Count ? $"the first {places} of {plan.Order.Count} sections; trace.json has all" : "the whole pass";
        var busiest = Enumerable.Range(0, plan.Units.Count).MaxBy(schedule.Utilization);
        var head = new ChartHead(
            string.Create(CultureInfo.InvariantCulture, $"The {plan.Units[busiest]} work {schedule.Utilization(busiest):0 %} of the pass of {schedule.Picoseconds * 1e-9:0.###} ms"),
            $"{question.Model.Name} on {question.Device.Title}, {question.Phase.ToString().ToLowerInvariant()}, batch {question.Batch}, {question.Length} tokens: {shown}",
            question.Time.StatedError);
        return GanttChart.Build(head, [.. spans.Select(s => s.Lane).Distinct()], spans, [.. MemoryCurve.Of(schedule).Select(c => Track(c, plan, until))]);
    }

    private static MemoryTrack Track(MemoryCurve curve, PassPlan plan, double until)
    {
        var points = curve.Points.TakeWhile((p, i) => i == 0 || p.Picoseconds * 1e-12 <= until).ToList();
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
}
