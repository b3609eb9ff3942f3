
namespace LlmSim.Workloads.Traces;

/// <summary>
/// A file format of request traces. To add one: a file in <c>Formats</c> that derives from <see cref="CsvTraceFormat"/> or
/// <see cref="JsonTraceFormat"/>, and its line in <see cref="TraceFormats.All"/>.
/// </summary>
public interface ITraceFormat
{
    /// <summary>Its name in <c>workload.format</c>.</summary>
    string Name { get; }

    /// <summary>What it is and which columns or members it needs, for people.</summary>
    string Description { get; }

    /// <summary>Whether a file that begins with this line (without its line break) is of this format.</summary>
    bool Recognises(ReadOnlySpan<byte> firstLine);

    /// <summary>Begins reading.</summary>
    /// <param name="stream">The file, uncompressed, at its beginning.</param>
    /// <param name="faults">Takes what is wrong with a row.</param>
    /// <param name="options">How to read.</param>
    internal ITraceRows Open(Stream stream, TraceFaults faults, TraceOptions options);
}

/// <summary>Rows of an open trace, one after another.</summary>
internal interface ITraceRows : IDisposable
{
    /// <summary>Reads on to the next row; what is wrong with it goes to the faults, and the row then counts as bad.</summary>
    /// <returns>False at the end.</returns>
    bool Next(ref TraceRow row);
}
