using System.Text;

namespace LlmSim.Workloads.Traces;

/// <summary>A trace in CSV with a header line; columns are found by name, in any order and case, and others are ignored.</summary>
public abstract class CsvTraceFormat : ITraceFormat
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Description { get; }

    /// <summary>Columns that must be there; alternatives are separated by '|'.</summary>
    protected internal abstract IReadOnlyList<string> Required { get; }

    /// <summary>Columns that may be there.</summary>
    protected internal virtual IReadOnlyList<string> Optional => [];

    /// <summary>Fills a row from the fields of the current line.</summary>
    internal abstract void Read(CsvFields fields, ref TraceRow row);

    /// <inheritdoc/>
    public bool Recognises(ReadOnlySpan<byte> firstLine)
    {
        var text = Encoding.UTF8.GetString(firstLine.StartsWith(Encoding.UTF8.Preamble) ? firstLine[3..] : firstLine);
        var names = text.Split(',').Select(n => n.Trim().Trim('"')).ToList();
        return Required.All(r => IndexOf(names, r) >= 0);
    }

    ITraceRows ITraceFormat.Open(Stream stream, TraceFaults faults, TraceOptions options) => new CsvTraceRows(stream, this, faults);

    /// <summary>Position of a column or one of its alternatives; -1 when it is not there.</summary>
    internal static int IndexOf(IReadOnlyList<string> names, string column)
    {
        foreach (var alternative in column.Split('|'))
            for (var i = 0; i < names.Count; i++)
                if (string.Equals(names[i], alternative, StringComparison.OrdinalIgnoreCase)) return i;
        return -1;
    }
}
