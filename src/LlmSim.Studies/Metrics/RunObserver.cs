using LlmSim.Serving.Results;
using LlmSim.Studies.Runs.Files;
using LlmSim.Workloads.Requests;

namespace LlmSim.Studies.Metrics;

/// <summary>Takes what a serving simulation reports: keeps a row of every request, and the iterations as spans; writes iterations.csv as they come.</summary>
public sealed class RunObserver : IServingObserver
{
    /// <summary>Spans kept over all replicas: more than a screen can show a hundred times over.</summary>
    public const int MostSpans = 1 << 16;

    private readonly List<RequestRow> _rows = [];
    private readonly IterationSpans[] _spans;
    private readonly IterationsCsv? _csv;

    /// <summary>An observer.</summary>
    /// <param name="replicas">Replicas of the cluster.</param>
    /// <param name="wantsIterations">Whether iterations are kept at all.</param>
    /// <param name="csv">Where iterations are written; null for nowhere.</param>
    public RunObserver(int replicas, bool wantsIterations, IterationsCsv? csv)
    {
        WantsIterations = wantsIterations || csv is not null;
        _csv = csv;
        _spans = [.. Enumerable.Range(0, replicas).Select(_ => new IterationSpans(Math.Max(1024, MostSpans / replicas)))];
    }

    /// <inheritdoc/>
    public bool WantsIterations { get; }

    /// <summary>Batches whose operators a timeline shows; null for none.</summary>
    public BatchChoice? Batches { get; init; }

    /// <inheritdoc/>
    public bool WantsBatches => Batches is { Wanted: true };

    /// <summary>What passed between a request's arrival and the engine's queue; rows count from the arrival.</summary>
    public long RequestNanoseconds { get; init; }

    /// <summary>The iterations of a replica.</summary>
    public IterationSpans Spans(int replica) => _spans[replica];

    /// <inheritdoc/>
    public void RequestEnded(in RequestRecord record) => _rows.Add(
        RequestNanoseconds == 0 ? RequestRow.Of(record) : RequestRow.Of(record) with { ArrivalNanoseconds = record.Request.ArrivalNanoseconds - RequestNanoseconds });

    /// <inheritdoc/>
    public void IterationsEnded(in IterationRecord record)
    {
        _csv?.Add(record);
        _spans[record.Replica].Add(record);
    }

    /// <inheritdoc/>
    public void BatchBegan(in BatchRecord record) => Batches!.Add(record);

    /// <summary>Adds a request that was kept from the engines because it is longer than the model's context.</summary>
    public void Reject(Request request) => _rows.Add(new RequestRow
    {
        Id = request.Id,
        ArrivalNanoseconds = request.ArrivalNanoseconds,
        FirstScheduledNanoseconds = -1,
        FirstTokenNanoseconds = -1,
        FinishNanoseconds = request.ArrivalNanoseconds,
        PromptTokens = request.PromptTokens,
        OutputTokens = request.OutputTokens,
        MoreOutputs = request.MoreOutputTokens.Length,
        MoreOutputTokens = request.AllOutputTokens - request.OutputTokens,
        Replica = -1,
        Status = RequestStatus.Rejected,
    });

    /// <summary>All rows in order of arrival.</summary>
    public RequestRow[] Rows()
    {
        var rows = _rows.ToArray();
        Array.Sort(rows, static (a, b) => a.Id.CompareTo(b.Id));
        return rows;
    }
}
