using LlmSim.Charts.Svg;
using LlmSim.Execution.Schedules;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Kernel.Recording;
using LlmSim.Kernel.Time;

namespace LlmSim.Studies.Passes;

/// <summary>
/// The folder that <c>analyze --timeline</c> writes: one pass placed on its units, every operator of every layer. <c>trace.json</c> for Perfetto,
/// <c>activities.csv</c>, and <c>gantt.svg</c> with the first layers (of a pipeline, all micro-batches) over their memory.
/// </summary>
public static class PassTimelineFolder
{
    /// <summary>Writes the folder, whole or not at all. A generation shows its prefill and one decode pass at the mean context, each from 0 on.</summary>
    /// <param name="path">Where.</param>
    /// <param name="question">The pass or generation, under the standard rules.</param>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static void Write(string path, PassQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        var passes = Passes(question).Select(q => (Question: q, Schedule: PassPlanning.Schedule(q))).ToList();
        try
        {
            using var folder = new AtomicFolder(path);
            var timeline = new Timeline(Tick.Picosecond);
            foreach (var (pass, schedule) in passes) PassTimeline.AddTo(timeline, schedule, Group(pass, several: passes.Count > 1), pass.Allocator);
            using (var trace = File.Create(folder.File("trace.json"))) PerfettoTrace.Write(timeline, trace);
            using (var table = File.Create(folder.File("activities.csv"))) TimelineCsv.Write(timeline, table);
            new SvgRenderer().Save(PassGantt.Draw(passes[^1].Question, passes[^1].Schedule), folder.File("gantt.svg"));
            folder.Commit();
        }
        catch (Exception e) when (WriteProblem.Is(e))
        {
            throw new InputException(new InputError(path, 0, "", "the timeline folder cannot be written: " + e.Message, "choose another with --timeline"));
        }
    }

    private static IEnumerable<PassQuestion> Passes(PassQuestion question)
    {
        if (question.OutputTokens is not { } output) return [question];
        var prefill = question with { OutputTokens = null };
        return output < 2 ? [prefill] : [prefill, prefill with { Phase = Phase.Decode, Length = PassAnalysis.MeanContext(question.Length, output) }];
    }

    private static string Group(PassQuestion question, bool several)
    {
        var device = question.Parallelism.DevicesPerStage > 1 ? $"{question.Device.Name} (one of {question.Parallelism.DevicesPerStage})" : question.Device.Name;
        return several ? $"{device}, {question.Kind}" : device;
    }
}
