using System.Text;
using System.Text.Json;

namespace LlmSim.Workloads.Traces;

/// <summary>A trace in JSON, one object a request: which member holds what, in which unit. Other members are ignored.</summary>
internal abstract class JsonTraceFormat : ITraceFormat
{
    public abstract string Name { get; }

    public abstract string Description { get; }

    /// <summary>Member that holds the arrival.</summary>
    public abstract string Time { get; }

    /// <summary>Nanoseconds in the unit of <see cref="Time"/>, <see cref="Delay"/> and <see cref="DelayAfter"/>.</summary>
    public abstract double NanosecondsPerUnit { get; }

    /// <summary>Member that holds the prompt tokens.</summary>
    public abstract string Prompt { get; }

    /// <summary>Member that holds the output tokens.</summary>
    public abstract string Output { get; }

    /// <summary>Member that holds the identities of the leading blocks; null when the format has none.</summary>
    public virtual string? Hashes => null;

    /// <summary>Tokens that one of <see cref="Hashes"/> stands for.</summary>
    public virtual int HashBlockTokens => 0;

    /// <summary>Member that names the conversation.</summary>
    public virtual string? Session => null;

    /// <summary>Member that holds the pause after the end of the session's previous request.</summary>
    public virtual string? Delay => null;

    /// <summary>Member that holds a chain of requests, each sent when the one before it has ended and its <see cref="DelayAfter"/> has passed.</summary>
    public virtual string? Chain => null;

    /// <summary>Member that holds the pause after this request of a chain.</summary>
    public virtual string? DelayAfter => null;

    /// <summary>Members of which the first line must hold one of each group to be recognised.</summary>
    public virtual IReadOnlyList<string[]> Signature => [[Time], [Prompt], [Output]];

    public bool Recognises(ReadOnlySpan<byte> firstLine)
    {
        var text = Encoding.UTF8.GetString(firstLine.Length > 4096 ? firstLine[..4096] : firstLine);
        return text.TrimStart('\uFEFF', ' ', '\t') is ['{' or '[', ..]
            && Signature.All(group => group.Any(member => text.Contains('"' + member + '"', StringComparison.Ordinal)));
    }

    ITraceRows ITraceFormat.Open(Stream stream, TraceFaults faults, TraceOptions options) => new JsonTraceRows(stream, this, faults, options);

    /// <summary>Whether the reader stands on this member's name.</summary>
    internal static bool Is(ref Utf8JsonReader reader, string? member) => member is not null && reader.ValueTextEquals(member);
}
