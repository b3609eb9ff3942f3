using System.Globalization;
using System.Text;

namespace LlmSim.Kernel.Recording;

/// <summary>Writes the spans of a timeline as CSV: <c>group,track,name,number,detail,start_s,end_s</c>, in the order in which they were recorded.</summary>
public static class TimelineCsv
{
    /// <summary>Writes the table; UTF-8, lines end with a line feed.</summary>
    public static void Write(Timeline timeline, Stream output)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        writer.WriteLine("group,track,name,number,detail,start_s,end_s");
        foreach (var span in timeline.Spans)
        {
            var track = timeline.Tracks[span.Track];
            var number = span.Number < 0 ? "" : span.Number.ToString(CultureInfo.InvariantCulture);
            var detail = span.Detail < 0 ? "" : timeline.NameOf(span.Detail);
            writer.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{Field(track.Group)},{Field(track.Name)},{Field(timeline.NameOf(span.Name))},{number},{Field(detail)},{Seconds(span.Start)},{Seconds(span.End)}"));
        }

        decimal Seconds(long ticks) => (decimal)ticks / timeline.Tick.PerSecond;
    }

    private static string Field(string text) =>
        text.AsSpan().IndexOfAny("\",\r\n") < 0 ? text : "\"" + text.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
