using System.Text;
using LlmSim.Files;

namespace LlmSim.Workloads.Traces;

/// <summary>Collects what is wrong with the rows of one trace file.</summary>
/// <param name="file">The file, as the user named it.</param>
internal sealed class TraceFaults(string file)
{
    /// <summary>No request has more tokens than this; a larger figure is a mistake in the file, not a long prompt.</summary>
    public const int MostTokens = 1 << 24;

    /// <summary>No request asks for more outputs than this.</summary>
    public const int MostOutputs = 1024;

    /// <summary>Simulated time ends after 100 years, far from where nanoseconds in 64 bits would overflow.</summary>
    public const double MostSeconds = 100 * 365.25 * 86400;

    /// <summary>All errors so far.</summary>
    public InputErrors Errors { get; } = new();

    /// <summary>Line of the row being read, from 1.</summary>
    public long Line { get; set; }

    /// <summary>Whether the row being read is bad.</summary>
    public bool RowIsBad { get; set; }

    /// <summary>Rows that the trace itself records as failed requests; they are left out.</summary>
    public long FailedRows { get; set; }

    /// <summary>Set by a format whose row is a failed request and yields nothing.</summary>
    public bool RowIsFailed { get; set; }

    /// <summary>The file, as the user named it.</summary>
    public string File => file;

    /// <summary>Reports a problem with the row being read.</summary>
    public void Report(string column, string problem, string remedy = "")
    {
        RowIsBad = true;
        Errors.Add(file, (int)Math.Min(Line, int.MaxValue), column, problem, remedy);
    }

    /// <summary>Reports a value that is not what the column holds.</summary>
    public void Report(string column, ReadOnlySpan<byte> value, string problem, string remedy) =>
        Report(column, value.IsEmpty ? "is empty" : $"\"{Shown(value)}\" {problem}", remedy);

    /// <summary>Checks a count of tokens.</summary>
    public int Tokens(string column, double value)
    {
        if (value >= 1 && value <= MostTokens && value == Math.Floor(value)) return (int)value;
        Report(column, value switch
        {
            0 => "0 tokens: a request has at least one of each kind",
            _ => FormattableString.Invariant($"{value:R} is not a number of tokens from 1 to {MostTokens}"),
        }, "mend or remove the row, or skip bad rows");
        return 1;
    }

    /// <summary>Checks a time and converts it to nanoseconds.</summary>
    /// <param name="column">Where it stands.</param>
    /// <param name="value">The time in the file's unit.</param>
    /// <param name="nanosecondsPerUnit">Nanoseconds in that unit.</param>
    public long Nanoseconds(string column, double value, double nanosecondsPerUnit)
    {
        var nanoseconds = value * nanosecondsPerUnit;
        if (nanoseconds >= 0 && nanoseconds <= MostSeconds * 1e9) return (long)Math.Round(nanoseconds);
        Report(column, FormattableString.Invariant($"{value:R} is not a time from 0 to 100 years"), "times count from the trace's beginning");
        return 0;
    }

    private static string Shown(ReadOnlySpan<byte> value)
    {
        var text = Encoding.UTF8.GetString(value.Length > 40 ? value[..40] : value);
        var shown = new StringBuilder(text.Length);
        foreach (var c in text) shown.Append(char.IsControl(c) ? '?' : c);
        return value.Length > 40 ? shown.Append("...").ToString() : shown.ToString();
    }
}
