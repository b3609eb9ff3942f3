using LlmSim.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Passes;

/// <summary>One point of a pass study.</summary>
/// <param name="Places">Which value each group of axes has here.</param>
/// <param name="Values">The values of the axes.</param>
/// <param name="Answer">The pass.</param>
public sealed record PassPoint(IReadOnlyList<int> Places, IReadOnlyList<KeyValuePair<string, JsonValue>> Values, PassAnswer Answer);

/// <summary>A pass study: a pass for every point of its axes.</summary>
/// <param name="File">The scenario with its axes.</param>
/// <param name="Axes">The axes.</param>
/// <param name="Points">The points; the last axis varies fastest.</param>
public sealed record PassStudyResult(ScenarioFile File, StudyAxes Axes, IReadOnlyList<PassPoint> Points)
{
    /// <summary>What was asked of operator times beyond what was measured, one sentence each.</summary>
    public IReadOnlyList<string> Warnings => [.. Points.Select(p => p.Answer.Question.Time).Distinct().SelectMany(t => t.Warnings).Distinct()];

    /// <summary>What the study is called.</summary>
    public string Title => File.Scenario.Title is { Length: > 0 } title ? title : File.Name;

    /// <summary>The errors to expect of the times of its points, those of each device (and of each way to run on it) that are not said already.</summary>
    public string StatedError
    {
        get
        {
            // A study has many points and few that differ in what is timed.
            var stated = Points.Select(p => p.Answer.Question)
                .DistinctBy(q => (q.Device, q.Model, q.Precision, q.Kind, q.ChunkTokens > 0, q.FusedAttention, q.Placement, q.Time.Kind))
                .Select(q => (q.Device.Title, q.StatedError)).Distinct().ToList();
            var one = stated.Select(s => s.Title).Distinct().Count() == 1;
            return string.Join("; ", stated.Select(s => one ? s.StatedError : $"{s.Title}: {s.StatedError}").Distinct());
        }
    }
}
