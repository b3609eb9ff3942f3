using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests;

/// <summary>Requests from a list, in order of arrival; more can be added as long as time has not passed them.</summary>
internal sealed class ListSource(IEnumerable<Request> requests) : IRequestSource
{
    private readonly List<Request> _requests = [.. requests];
    private int _next;

    public long? Count => null;

    /// <summary>Requests that were reported as ended, with the moment.</summary>
    public List<(Request Request, long Nanoseconds)> Ended { get; } = [];

    public void Add(Request request) => _requests.Add(request);

    public Request? Peek() => _next < _requests.Count ? _requests[_next] : null;

    public Request Take() => _requests[_next++];

    public void Completed(Request request, long nanoseconds) => Ended.Add((request, nanoseconds));
}
