using LlmSim.Serving.Results;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Metrics;

/// <summary>Keeps the batches whose operators a timeline shall show: those inside its window, or every so many-th.</summary>
/// <param name="settings">What the scenario asks for.</param>
public sealed class BatchChoice(TimelineSection settings)
{
    // Even a small model has dozens of operators in each, so that no file of reasonable size shows more.
    private const int Most = 20_000;

    private readonly (long From, long To) _window = settings.Window.Count == 2 ? ((long)(settings.Window[0] * 1e9), (long)(settings.Window[1] * 1e9)) : (0, long.MaxValue);
    private readonly List<BatchRecord> _batches = [];
    private long _seen;

    /// <summary>Whether any operators shall be shown.</summary>
    public bool Wanted { get; } = settings.Write && (settings.Window.Count == 2 || settings.OperatorsEvery > 0);

    /// <summary>The batches chosen, the first ones where there are too many.</summary>
    public IReadOnlyList<BatchRecord> Batches => _batches;

    /// <summary>Batches that were to be shown.</summary>
    public long Chosen { get; private set; }

    /// <summary>Takes note of a batch that begins.</summary>
    public void Add(in BatchRecord batch)
    {
        if (batch.EndNanoseconds < _window.From || batch.StartNanoseconds > _window.To) return;
        if (_seen++ % Math.Max(1, settings.OperatorsEvery) != 0) return;
        Chosen++;
        if (_batches.Count < Most) _batches.Add(batch);
    }
}
