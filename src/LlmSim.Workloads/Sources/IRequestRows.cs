using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>Requests in order of arrival that depend on nothing but themselves; a row without a time follows its session's previous request.</summary>
public interface IRequestRows : IDisposable
{
    /// <summary>The next row.</summary>
    /// <returns>False when there is none.</returns>
    bool Next(ref TraceRow row);
}

/// <summary>Requests that exist because others ended: a user's next question, an agent's next step.</summary>
public interface IFollowUps
{
    /// <summary>What follows a request that has ended.</summary>
    /// <param name="ended">The request.</param>
    /// <param name="next">The next one; its <see cref="TraceRow.DelayNanoseconds"/> counts from the end.</param>
    /// <returns>False when nothing follows.</returns>
    bool Next(Requests.Request ended, ref TraceRow next);
}
