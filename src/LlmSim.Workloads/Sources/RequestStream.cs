using LlmSim.Workloads.Requests;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>
/// The one <see cref="IRequestSource"/>: numbers requests in order of arrival, whether they come from rows with times, follow a session's previous
/// request, or follow any request that ended. Holds no more than the next row and the sessions under way.
/// </summary>
public sealed class RequestStream : IRequestSource, IDisposable
{
    private readonly IRequestRows _rows;
    private readonly IFollowUps? _followUps;
    private readonly SessionQueues? _sessions;
    private readonly long _limit;
    private readonly PriorityQueue<TraceRow, (long Nanoseconds, long Order)> _ready = new();
    private TraceRow _row;
    private bool _hasRow;
    private bool _rowsEnded;
    private bool _nextIsReady;
    private Request? _next;
    private long _taken;
    private long _order;

    /// <summary>A source.</summary>
    /// <param name="rows">Requests with times.</param>
    /// <param name="followUps">Requests that follow others; null when there are none.</param>
    /// <param name="limit">Requests in total; the stream ends after them.</param>
    /// <param name="chained">Whether rows may follow their session's previous request.</param>
    public RequestStream(IRequestRows rows, IFollowUps? followUps = null, long limit = long.MaxValue, bool chained = false)
    {
        _rows = rows;
        _followUps = followUps;
        _limit = limit;
        _sessions = chained ? new SessionQueues() : null;
    }

    /// <summary>Requests in total where the scenario names a number that the stream is sure to reach; else null.</summary>
    public long? Count { get; init; }

    /// <inheritdoc/>
    public Request? Peek()
    {
        if (_next is not null) return _next;
        if (_taken >= _limit) return null;
        Fill();
        var hasReady = _ready.TryPeek(out var ready, out var key);
        if (!hasReady && !_hasRow) return null;
        _nextIsReady = hasReady && (!_hasRow || key.Nanoseconds < _row.ArrivalNanoseconds);
        return _next = _nextIsReady ? Number(ready, key.Nanoseconds) : Number(_row, _row.ArrivalNanoseconds);
    }

    /// <inheritdoc/>
    public Request Take()
    {
        var request = Peek() ?? throw new InvalidOperationException("no request to take");
        if (_nextIsReady) _ready.Dequeue();
        else _hasRow = false;
        _next = null;
        _taken++;
        return request;
    }

    /// <inheritdoc/>
    public void Completed(Request request, long nanoseconds)
    {
        if (_sessions is not null && request.Session >= 0 && _sessions.Ended(request.Session, nanoseconds, out var queued))
            MakeReady(queued, SimulatedTime.After(nanoseconds, queued.DelayNanoseconds));
        if (_followUps is null) return;
        var row = new TraceRow();
        if (_followUps.Next(request, ref row)) MakeReady(row, SimulatedTime.After(nanoseconds, row.DelayNanoseconds));
    }

    /// <inheritdoc/>
    public void Dispose() => _rows.Dispose();

    /// <summary>Reads on to the next row that has a time; those without one join their session.</summary>
    private void Fill()
    {
        while (!_hasRow && !_rowsEnded)
        {
            if (!_rows.Next(ref _row))
            {
                _rowsEnded = true;
            }
            else if (_row.ArrivalNanoseconds >= 0)
            {
                _hasRow = true;
                if (_row.Session >= 0) _sessions?.Began(_row.Session);
            }
            else if (_sessions is not null && _sessions.Attach(_row, out var endedAt))
            {
                MakeReady(_row, SimulatedTime.After(endedAt, _row.DelayNanoseconds));
            }
        }
    }

    private void MakeReady(in TraceRow row, long nanoseconds)
    {
        _ready.Enqueue(row, (nanoseconds, _order++));
        // A follow-up may arrive before the request that was shown as the next one.
        _next = null;
    }

    private Request Number(in TraceRow row, long nanoseconds) => new()
    {
        Id = _taken,
        ArrivalNanoseconds = nanoseconds,
        PromptTokens = row.PromptTokens,
        OutputTokens = row.OutputTokens,
        MoreOutputTokens = row.Outputs > 1 ? Enumerable.Repeat(row.OutputTokens, row.Outputs - 1).ToArray() : default(ReadOnlyMemory<int>),
        Session = row.Session,
        Priority = row.Priority,
        PrefixBlocks = row.PrefixBlocks,
        PrefixBlockTokens = row.PrefixBlockTokens,
    };
}
