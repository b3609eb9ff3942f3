using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>Rows that wait for their session's previous request to end.</summary>
internal sealed class SessionQueues
{
    private readonly Dictionary<long, Session> _sessions = [];

    /// <summary>A request of the session arrives at its own time.</summary>
    public void Began(long session)
    {
        var state = Find(session);
        state.UnderWay++;
    }

    /// <summary>Adds a row to its session.</summary>
    /// <param name="row">The row.</param>
    /// <param name="endedAt">When the session's last request ended, if the row waits for nothing.</param>
    /// <returns>True when nothing of the session is under way, so that the row is ready.</returns>
    public bool Attach(in TraceRow row, out long endedAt)
    {
        var state = Find(row.Session);
        endedAt = state.EndedAt;
        if (state.UnderWay == 0)
        {
            state.UnderWay = 1;
            return true;
        }

        (state.Waiting ??= new()).Enqueue(row);
        return false;
    }

    /// <summary>A request of the session ended.</summary>
    /// <returns>True when the next one becomes ready.</returns>
    public bool Ended(long session, long nanoseconds, out TraceRow next)
    {
        next = default;
        if (!_sessions.TryGetValue(session, out var state)) return false;
        state.UnderWay--;
        state.EndedAt = nanoseconds;
        if (state.Waiting is null || !state.Waiting.TryDequeue(out next)) return false;
        state.UnderWay++;
        return true;
    }

    private Session Find(long session)
    {
        if (!_sessions.TryGetValue(session, out var state)) _sessions.Add(session, state = new Session());
        return state;
    }

    private sealed class Session
    {
        public Queue<TraceRow>? Waiting;
        public int UnderWay;
        public long EndedAt;
    }
}
