namespace LlmSim.Workloads.Arrivals;

/// <summary>
/// An open-loop arrival process: times do not depend on what happens to the requests. To add one: a file beside this one, and its kind in the
/// scenario's <c>workload.arrivals</c>.
/// </summary>
public interface IArrivalProcess
{
    /// <summary>The next arrival; never earlier than the one before.</summary>
    Arrival Next();
}
