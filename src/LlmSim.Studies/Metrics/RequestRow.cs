using LlmSim.Serving.Results;

namespace LlmSim.Studies.Metrics;

/// <summary>What statistics and files need of one request: <see cref="RequestRecord"/> without the request's own data, so that a million of them fit into memory.</summary>
public readonly record struct RequestRow
{
    /// <summary>Number in order of arrival.</summary>
    public required long Id { get; init; }

    /// <summary>Arrival, in nanoseconds.</summary>
    public required long ArrivalNanoseconds { get; init; }

    /// <summary>Start of the first iteration that worked on it; −1 when none did.</summary>
    public required long FirstScheduledNanoseconds { get; init; }

    /// <summary>End of the iteration that yielded its first token; −1 when none did.</summary>
    public required long FirstTokenNanoseconds { get; init; }

    /// <summary>End of the iteration that yielded its last token, or the moment of rejection; −1 when it was not finished.</summary>
    public required long FinishNanoseconds { get; init; }

    /// <summary>Tokens that were prefilled again after preemptions.</summary>
    public long RecomputedTokens { get; init; }

    /// <summary>Prompt tokens.</summary>
    public required int PromptTokens { get; init; }

    /// <summary>Output tokens; of the longest output where there are several.</summary>
    public required int OutputTokens { get; init; }

    /// <summary>Further outputs that were sampled from the prompt.</summary>
    public int MoreOutputs { get; init; }

    /// <summary>Output tokens of those.</summary>
    public long MoreOutputTokens { get; init; }

    /// <summary>Output tokens of all outputs.</summary>
    public long AllOutputTokens => OutputTokens + MoreOutputTokens;

    /// <summary>Prompt tokens that the prefix cache spared.</summary>
    public int CachedTokens { get; init; }

    /// <summary>Times it was preempted.</summary>
    public int Preemptions { get; init; }

    /// <summary>Replica that served it; −1 for a request that reached none.</summary>
    public int Replica { get; init; }

    /// <summary>How it ended.</summary>
    public required RequestStatus Status { get; init; }

    /// <summary>A row of a record.</summary>
    public static RequestRow Of(in RequestRecord record) => new()
    {
        Id = record.Request.Id,
        ArrivalNanoseconds = record.Request.ArrivalNanoseconds,
        FirstScheduledNanoseconds = record.FirstScheduledNanoseconds,
        FirstTokenNanoseconds = record.FirstTokenNanoseconds,
        FinishNanoseconds = record.FinishNanoseconds,
        RecomputedTokens = record.RecomputedTokens,
        PromptTokens = record.Request.PromptTokens,
        OutputTokens = record.Request.OutputTokens,
        MoreOutputs = record.Request.MoreOutputTokens.Length,
        MoreOutputTokens = record.Request.MoreOutputTokens.Length == 0 ? 0 : record.Request.AllOutputTokens - record.Request.OutputTokens,
        CachedTokens = record.CachedTokens,
        Preemptions = record.Preemptions,
        Replica = record.Replica,
        Status = record.Status,
    };

    /// <summary>Time to the first token, in seconds.</summary>
    public double TtftSeconds => (FirstTokenNanoseconds - ArrivalNanoseconds) / 1e9;

    /// <summary>Time to the last token, in seconds.</summary>
    public double E2eSeconds => (FinishNanoseconds - ArrivalNanoseconds) / 1e9;

    /// <summary>(E2E − TTFT) / (output tokens − 1), as vLLM defines it, in seconds; NaN for a single output token.</summary>
    public double TpotSeconds => OutputTokens > 1 ? (FinishNanoseconds - FirstTokenNanoseconds) / 1e9 / (OutputTokens - 1) : double.NaN;

    /// <summary>Wait for the first iteration, in seconds.</summary>
    public double QueueingSeconds => (FirstScheduledNanoseconds - ArrivalNanoseconds) / 1e9;
}
