using LlmSim.Serving.Results;

namespace LlmSim.Studies.Metrics;

/// <summary>Iterations of one replica that follow each other, as charts and timelines show them: sums and extremes, nothing averaged away.</summary>
public readonly record struct IterationSpan
{
    /// <summary>Replica.</summary>
    public required int Replica { get; init; }

    /// <summary>Which of several batches in flight it is; −1 for iterations of different ones.</summary>
    public int Lane { get; init; }

    /// <summary>Start of the first iteration.</summary>
    public required long StartNanoseconds { get; init; }

    /// <summary>End of the last iteration.</summary>
    public required long EndNanoseconds { get; init; }

    /// <summary>Time that iterations took, in sum; less than the span where there were pauses, more where several were under way.</summary>
    public required long BusyNanoseconds { get; init; }

    /// <summary>Iterations.</summary>
    public required long Iterations { get; init; }

    /// <summary>Prompt tokens processed.</summary>
    public required long PrefillTokens { get; init; }

    /// <summary>Prefilling sequences, summed over iterations.</summary>
    public required long PrefillSequences { get; init; }

    /// <summary>Decoding sequences, summed over iterations: tokens decoded.</summary>
    public required long DecodeTokens { get; init; }

    /// <summary>Most sequences in one batch.</summary>
    public required int MaxBatch { get; init; }

    /// <summary>Most sequences admitted at once.</summary>
    public required int MaxRunning { get; init; }

    /// <summary>Most requests waiting at once.</summary>
    public required int MaxWaiting { get; init; }

    /// <summary>Most KV blocks in use at once.</summary>
    public required long MaxKvBlocks { get; init; }

    /// <summary>Preemptions.</summary>
    public required int Preempted { get; init; }

    /// <summary>The span of one record.</summary>
    public static IterationSpan Of(in IterationRecord record) => new()
    {
        Replica = record.Replica,
        Lane = record.Lane,
        StartNanoseconds = record.StartNanoseconds,
        EndNanoseconds = record.EndNanoseconds,
        BusyNanoseconds = record.EndNanoseconds - record.StartNanoseconds,
        Iterations = record.Iterations,
        PrefillTokens = record.PrefillTokens,
        PrefillSequences = record.PrefillSequences,
        DecodeTokens = record.DecodeSequences * record.Iterations,
        MaxBatch = record.BatchSize,
        MaxRunning = record.Running,
        MaxWaiting = record.Waiting,
        MaxKvBlocks = record.KvBlocksUsed,
        Preempted = record.Preempted,
    };

    /// <summary>This span and the one after it as one.</summary>
    public IterationSpan With(in IterationSpan next) => this with
    {
        Lane = Lane == next.Lane ? Lane : -1,
        StartNanoseconds = Math.Min(StartNanoseconds, next.StartNanoseconds),
        EndNanoseconds = Math.Max(EndNanoseconds, next.EndNanoseconds),
        BusyNanoseconds = BusyNanoseconds + next.BusyNanoseconds,
        Iterations = Iterations + next.Iterations,
        PrefillTokens = PrefillTokens + next.PrefillTokens,
        PrefillSequences = PrefillSequences + next.PrefillSequences,
        DecodeTokens = DecodeTokens + next.DecodeTokens,
        MaxBatch = Math.Max(MaxBatch, next.MaxBatch),
        MaxRunning = Math.Max(MaxRunning, next.MaxRunning),
        MaxWaiting = Math.Max(MaxWaiting, next.MaxWaiting),
        MaxKvBlocks = Math.Max(MaxKvBlocks, next.MaxKvBlocks),
        Preempted = Preempted + next.Preempted,
    };
}

/// <summary>Keeps the iterations of one replica in bounded memory: when there are too many, neighbours are merged two by two.</summary>
/// <param name="limit">Spans kept at most, at least 2.</param>
public sealed class IterationSpans(int limit)
{
    private readonly List<IterationSpan> _spans = [];
    private IterationSpan _open;
    private int _inOpen;

    /// <summary>Records in each span: 1 until merging began, then a power of two.</summary>
    public int Merged { get; private set; } = 1;

    /// <summary>The spans, in order, the unfinished last one included.</summary>
    public IReadOnlyList<IterationSpan> All => _inOpen == 0 ? _spans : [.. _spans, _open];

    /// <summary>Adds a record.</summary>
    public void Add(in IterationRecord record)
    {
        _open = _inOpen == 0 ? IterationSpan.Of(record) : _open.With(IterationSpan.Of(record));
        if (++_inOpen < Merged) return;
        _spans.Add(_open);
        _inOpen = 0;
        if (_spans.Count < limit) return;
        var half = _spans.Count / 2;
        for (var i = 0; i < half; i++) _spans[i] = _spans[2 * i].With(_spans[2 * i + 1]);
        if (_spans.Count % 2 == 1) (_open, _inOpen) = (_spans[^1], Merged);
        _spans.RemoveRange(half, _spans.Count - half);
        Merged *= 2;
    }
}
