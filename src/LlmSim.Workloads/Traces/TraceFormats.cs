using LlmSim.Files;
using LlmSim.Workloads.Traces.Formats;

namespace LlmSim.Workloads.Traces;

/// <summary>The trace formats that can be read, found by name or by a file's first line.</summary>
public static class TraceFormats
{
    /// <summary>All formats, those with the most particular first lines first.</summary>
    public static IReadOnlyList<ITraceFormat> All { get; } =
    [
        new AzureTrace(),
        new ApexTrace(),
        new BurstGptTrace(),
        new VidurTrace(),
        new LengthsTrace(),
        new SplitwiseTrace(),
        new LlmSimTrace(),
        new LlmServingSimTrace(),
        new DynamoTrace(),
        new MooncakeTrace(),
        new DistServeTrace(),
    ];

    /// <summary>The format of that name.</summary>
    /// <exception cref="InputException">There is none.</exception>
    public static ITraceFormat Named(string name)
    {
        foreach (var format in All)
            if (string.Equals(format.Name, name, StringComparison.OrdinalIgnoreCase)) return format;
        throw new InputException(new InputError("format", 0, "", $"\"{name}\" is no known trace format", Names.Suggest(name, All.Select(f => f.Name).ToList())));
    }

    /// <summary>The format of a file that begins with this line, or null.</summary>
    public static ITraceFormat? Of(ReadOnlySpan<byte> firstLine)
    {
        foreach (var format in All)
            if (format.Recognises(firstLine)) return format;
        return null;
    }
}
