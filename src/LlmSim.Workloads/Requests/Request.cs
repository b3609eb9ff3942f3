namespace LlmSim.Workloads.Requests;

/// <summary>One request as it reaches the serving system.</summary>
public sealed record Request
{
    /// <summary>Number in order of arrival, from 0.</summary>
    public required long Id { get; init; }

    /// <summary>Arrival, in nanoseconds of simulated time.</summary>
    public required long ArrivalNanoseconds { get; init; }

    /// <summary>Prompt tokens, at least 1.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Output tokens, at least 1.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>
    /// Output tokens of the further outputs that are sampled from the same prompt (n − 1 of them for parallel sampling or best-of n), each from 1 to
    /// <see cref="OutputTokens"/>, which is the longest. The request ends when all of them have.
    /// </summary>
    public ReadOnlyMemory<int> MoreOutputTokens { get; init; }

    /// <summary>Output tokens of all outputs.</summary>
    public long AllOutputTokens
    {
        get
        {
            long sum = OutputTokens;
            foreach (var tokens in MoreOutputTokens.Span) sum += tokens;
            return sum;
        }
    }

    /// <summary>Conversation that this request belongs to; -1 when it stands alone. Routers may keep a session on one replica.</summary>
    public long Session { get; init; } = -1;

    /// <summary>Smaller is more urgent; used by priority orders only.</summary>
    public int Priority { get; init; }

    /// <summary>
    /// Identity of the request's leading blocks of <see cref="PrefixBlockTokens"/> tokens each, chained: equal ids at equal positions mean
    /// equal tokens up to there. The blocks run through the prompt and, where the source knows it, on through the output that will be
    /// generated (the next turn of a conversation begins with it); the last one may be partly filled. Blocks beyond the list are this
    /// request's own. Empty when nothing is known, so that the prompt shares nothing.
    /// </summary>
    public ReadOnlyMemory<long> PrefixBlocks { get; init; }

    /// <summary>Tokens that one entry of <see cref="PrefixBlocks"/> stands for; 0 when it is empty.</summary>
    public int PrefixBlockTokens { get; init; }
}
