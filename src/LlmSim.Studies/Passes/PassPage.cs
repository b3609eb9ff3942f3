using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;
using LlmSim.Graphs.Operators;
using LlmSim.Studies.Reports;

namespace LlmSim.Studies.Passes;

/// <summary>The page of an analysed pass: the layers to click through, each operator with its work and its place on the roofline.</summary>
public static class PassPage
{
    /// <summary>Writes the page of one pass.</summary>
    public static string Write(PassAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return ModelPage.Write(Data(answer));
    }

    /// <summary>Writes the page of several passes: their curves and a table.</summary>
    public static string Write(IReadOnlyList<PassAnswer> answers)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var first = answers[0];
        var fitting = answers.Where(a => a.Fits).ToList();
        var best = fitting.MaxBy(a => a.TokensPerSecond);
        var prefill = first.Question.Phase == Graphs.Batches.Phase.Prefill;
        return ReportPage.Write(new ReportData
        {
            Title = PassCharts.Setting(first.Question),
            Verdict = best is null
                ? $"None of the {answers.Count} points fits the {Bytes(first.CapacityBytes)} of {first.Question.Device.Title}."
                : $"{SiFormat.Value(best.TokensPerSecond, Unit.TokensPerSecond)} at batch {best.Question.Batch}, the most of the {fitting.Count} of {answers.Count} points that fit.",
            Tone = best is null ? VerdictTone.Bad : VerdictTone.Neutral,
            Sections =
            [
                StandardSections.Charts("Curves", [.. PassCurves.Charts(answers).Select(c => (c.Chart, c.Name))]),
                new ReportSection("Points",
                [
                    new TableBlock(
                        [new("Batch", true), new(prefill ? "Prompt" : "Context", true), new("Time", true), new("Tokens/s", true), new("Memory", true), new("Fits")],
                        [
                            .. answers.Select(a => new ReportRow(
                            [
                                new(SiFormat.Count(a.Question.Batch), a.Question.Batch), new(SiFormat.Count(a.Question.Length), a.Question.Length),
                                new(SiFormat.Value(a.Seconds, Unit.Seconds), a.Seconds), new(SiFormat.Value(a.TokensPerSecond, Unit.None), a.TokensPerSecond),
                                new(Bytes(a.PeakMemoryBytes), a.PeakMemoryBytes), new(a.Fits ? "yes" : "no"),
                            ])),
                        ]),
                ]),
                StandardSections.Assumptions([new Assumption("operator times", first.Question.StatedError), .. first.Question.Time.Warnings.Select(w => new Assumption(w, ""))]),
            ],
        });
    }

    private static ModelPageData Data(PassAnswer answer)
    {
        var question = answer.Question;
        return new ModelPageData
        {
            Model = question.Model.Name,
            Subtitle = PassCharts.Setting(question) + $", batch {question.Batch}, {(question.Phase == Graphs.Batches.Phase.Prefill ? "prompt" : "context")} {question.Length}",
            Footnote = "Operator times: " + question.StatedError,
            Verdict = answer.Fits ? "" : $"It does not fit: {Bytes(answer.PeakMemoryBytes - answer.CapacityBytes)} more than the {Bytes(answer.CapacityBytes)} of {question.Device.Title}.",
            Tone = answer.Fits ? VerdictTone.Neutral : VerdictTone.Bad,
            Figures =
            [
                new("Time of a pass", SiFormat.Value(answer.Seconds, Unit.Seconds), SiFormat.Value(answer.TokensPerSecond, Unit.TokensPerSecond)),
                new("FLOPs", SiFormat.Value(answer.Flops, Unit.Flops), SiFormat.Value(answer.Flops / answer.Seconds, Unit.FlopsPerSecond)),
                new("Bytes moved", Bytes(answer.Bytes), SiFormat.Value(answer.Bytes / answer.Seconds, Unit.BytesPerSecond)),
                new("Weights", Bytes(answer.WeightBytes), SiFormat.Value(question.Model.Parameters, Unit.None) + " parameters"),
                new("KV cache", Bytes(answer.KvCacheBytes)),
                new("Peak memory", Bytes(answer.PeakMemoryBytes), "of " + Bytes(answer.CapacityBytes)),
            ],
            Roofs = PassCharts.Roofs(question),
            Groups = [.. Groups(answer)],
            Notes = question.Model.Notes,
        };
    }

    // Rows follow each other in groups; under rules that have rows of their own there are no operators behind them.
    private static IEnumerable<ModelPageGroup> Groups(PassAnswer answer)
    {
        var steps = answer.Question.Model.Groups.SelectMany(g => g.Operators.Select(o => (Key: (g.Name, o.Name), Group: g, Step: o)))
            .DistinctBy(s => s.Key).ToDictionary(s => s.Key, s => (s.Group, s.Step));
        for (var i = 0; i < answer.Rows.Count;)
        {
            var first = answer.Rows[i];
            var operators = new List<ModelPageOperator>();
            for (; i < answer.Rows.Count && answer.Rows[i].Layer == first.Layer; i++)
            {
                var row = answer.Rows[i];
                operators.Add(Page(row, steps.TryGetValue((row.Layer, row.Name), out var at) ? at : null, answer.Question));
            }

            yield return new ModelPageGroup(first.Layer, first.Count, operators);
        }
    }

    private static ModelPageOperator Page(AnalysisRow row, (LayerGroup Group, Operator Step)? at, PassQuestion question) => new()
    {
        Name = row.Name,
        Kind = row.Spec is null ? "" : OperatorWords.Kind(row.Spec),
        Shapes = at is { } place ? OperatorWords.Shapes(place.Group, place.Step, question.Precision) : [],
        SourceNodes = at?.Step.SourceNodes ?? [],
        Flops = row.Flops,
        Bytes =
        [
            new MemoryPart("weights", row.WeightBytes), new MemoryPart("KV cache", row.KvBytes),
            new MemoryPart("activations", row.Bytes - row.WeightBytes - row.KvBytes),
        ],
        Bound = PassCharts.Word(row.Bound),
        Seconds = row.Seconds,
        ComputeSeconds = row.ComputeSeconds,
        MemorySeconds = row.MemorySeconds,
    };

    private static string Bytes(double bytes) => SiFormat.Value(bytes, Unit.Bytes);
}
