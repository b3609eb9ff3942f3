using LlmSim.Studies.Scenarios;
using LlmSim.Workloads.Requests;

namespace LlmSim.Studies.Runs;

/// <summary>Passes requests on, reports progress, notices Ctrl-C, and says when the warm-up is over.</summary>
internal sealed class WatchedSource(ScenarioLoad load, long warmUpRequests, Action warmUpEnded, IProgress<RunProgress>? progress, CancellationToken cancellation) : IRequestSource
{
    private const int Every = 256;

    private long _taken;

    public long? Count => load.Source.Count;

    public long LastArrivalNanoseconds { get; private set; }

    public Request? Peek() => load.Source.Peek();

    public Request Take()
    {
        var request = load.Source.Take();
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
