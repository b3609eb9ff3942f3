namespace LlmSim.Workloads.Traces;

/// <summary>How to read a trace file.</summary>
public sealed record TraceOptions
{
    /// <summary>Reads as the file says, refusing bad rows.</summary>
    public static TraceOptions Default { get; } = new();

    /// <summary>Name of the format (see <see cref="TraceFormats"/>); null to recognise it from the first line.</summary>
    public string? Format { get; init; }

    /// <summary>Whether bad rows are left out and counted instead of refused.</summary>
    public bool SkipBadRows { get; init; }

    /// <summary>Tokens that one entry of <c>hash_ids</c> stands for; null for the format's own (512 in Mooncake, 16 in LLMServingSim).</summary>
    public int? HashBlockTokens { get; init; }
}
