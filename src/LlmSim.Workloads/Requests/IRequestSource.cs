namespace LlmSim.Workloads.Requests;

/// <summary>A stream of requests in order of arrival. Closed loops and sessions make later requests depend on when earlier ones finish.</summary>
public interface IRequestSource
{
    /// <summary>
    /// The next arrival that is already determined, without taking it; null when nothing is left or when the next one waits for a completion
    /// (see <see cref="Completed"/>).
    /// </summary>
    Request? Peek();

    /// <summary>Takes the request that <see cref="Peek"/> shows.</summary>
    Request Take();

    /// <summary>Tells the source that a request ended (finished or rejected), which may determine later arrivals, never earlier than this moment.</summary>
    /// <param name="request">The request that ended.</param>
    /// <param name="nanoseconds">When, in simulated time.</param>
    void Completed(Request request, long nanoseconds);

    /// <summary>Requests that this source will yield in total; null when that is not known beforehand.</summary>
    long? Count { get; }
}
