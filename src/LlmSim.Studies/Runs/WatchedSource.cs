using LlmSim.Studies.Scenarios;
using LlmSim.Workloads.Requests;

namespace LlmSim.Studies.Runs;

/// <summary>Passes requests on, reports progress, notices Ctrl-C, and says when the warm-up is over; lets requests pass the API server first.</summary>
internal sealed class WatchedSource(ScenarioLoad load, long warmUpRequests, Action warmUpEnded, IProgress<RunProgress>? progress, CancellationToken cancellation) : IRequestSource
{
    private const int Every = 256;

    private long _taken;
    private Request? _peeked, _delayed;

    public long? Count => load.Source.Count;

    /// <summary>What the API server takes before the engine sees a request.</summary>
    public long RequestNanoseconds { get; init; }

    public long LastArrivalNanoseconds { get; private set; }

    public Request? Peek()
    {
        if (load.Source.Peek() is not { } request || RequestNanoseconds == 0) return load.Source.Peek();
        // The same request is looked at again and again until its time has come.
        if (!ReferenceEquals(_peeked, request)) (_peeked, _delayed) = (request, request with { ArrivalNanoseconds = request.ArrivalNanoseconds + RequestNanoseconds });
        return _delayed;
    }

    public Request Take()
    {
        var delayed = Peek();
        var request = load.Source.Take();
        if (RequestNanoseconds > 0 && delayed is not null) request = delayed;
        LastArrivalNanoseconds = request.ArrivalNanoseconds;
        if (request.Id == warmUpRequests && warmUpRequests > 0) warmUpEnded();
        if (++_taken % Every == 0)
        {
            cancellation.ThrowIfCancellationRequested();
            var fraction = Count is { } count ? (double)_taken / count : load.Trace?.FractionRead ?? 0;
            progress?.Report(new RunProgress(_taken, Count, fraction, request.ArrivalNanoseconds / 1e9));
        }

        return request;
    }

    public void Completed(Request request, long nanoseconds)
    {
        // After the last arrival only completions tell that Ctrl-C was pressed.
        if (request.Id % Every == 0) cancellation.ThrowIfCancellationRequested();
        load.Source.Completed(request, nanoseconds);
    }
}
