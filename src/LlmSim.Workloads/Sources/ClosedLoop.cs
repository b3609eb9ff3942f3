using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Prefixes;
using LlmSim.Workloads.Requests;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>
/// N users, each of whom sends a request, waits for its end, thinks, and sends the next: the load of a benchmark with fixed concurrency. The
/// session of a request is its user.
/// </summary>
/// <param name="users">Users, at least 1.</param>
/// <param name="rampSeconds">Users begin evenly spread over this time; 0 for all at once.</param>
/// <param name="thinkTime">Pause between a request's end and the user's next one.</param>
/// <param name="lengths">How long requests are.</param>
/// <param name="prefixes">What prompts have in common; null for nothing.</param>
public sealed class ClosedLoop(int users, double rampSeconds, Pause thinkTime, ILengths lengths, SharedPrefixes? prefixes = null)
    : IRequestRows, IFollowUps
{
    private int _begun;

    /// <inheritdoc/>
    public bool Next(ref TraceRow row)
    {
        if (_begun >= users) return false;
        row = new TraceRow { Session = _begun, ArrivalNanoseconds = SimulatedTime.Nanoseconds(rampSeconds * _begun / users) };
        Draw(ref row);
        _begun++;
        return true;
    }

    /// <inheritdoc/>
    public bool Next(Request ended, ref TraceRow next)
    {
        next.Session = ended.Session;
        next.DelayNanoseconds = SimulatedTime.Nanoseconds(thinkTime.Next());
        Draw(ref next);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Draw(ref TraceRow row)
    {
        lengths.Next((int)row.Session, out var prompt, out var output);
        row.PromptTokens = prompt;
        row.OutputTokens = output;
        prefixes?.Put(ref row);
    }
}
