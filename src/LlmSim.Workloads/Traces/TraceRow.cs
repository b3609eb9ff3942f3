namespace LlmSim.Workloads.Traces;

/// <summary>One request as a trace records it, before it has a number.</summary>
public record struct TraceRow
{
    /// <summary>A row of which nothing is known yet.</summary>
    public TraceRow()
    {
    }

    /// <summary>Arrival in nanoseconds since the trace began; -1 when the trace does not say.</summary>
    public long ArrivalNanoseconds { get; set; } = -1;

    /// <summary>Pause after the end of the session's previous request, in nanoseconds; -1 for a request that comes at its own time.</summary>
    public long DelayNanoseconds { get; set; } = -1;

    /// <summary>Prompt tokens.</summary>
    public int PromptTokens { get; set; }

    /// <summary>Output tokens.</summary>
    public int OutputTokens { get; set; }

    /// <summary>Outputs sampled from the prompt, each of <see cref="OutputTokens"/>; at least 1.</summary>
    public int Outputs { get; set; } = 1;

    /// <summary>Conversation; -1 when the request stands alone.</summary>
    public long Session { get; set; } = -1;

    /// <summary>Smaller is more urgent.</summary>
    public int Priority { get; set; }

    /// <summary>Identity of the leading blocks, see <see cref="Requests.Request.PrefixBlocks"/>.</summary>
    public ReadOnlyMemory<long> PrefixBlocks { get; set; }

    /// <summary>Tokens of one prefix block; 0 when there are none.</summary>
    public int PrefixBlockTokens { get; set; }
}
