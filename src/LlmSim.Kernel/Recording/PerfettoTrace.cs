using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LlmSim.Kernel.Recording;

/// <summary>
/// Writes a timeline as a JSON trace that ui.perfetto.dev and chrome://tracing open: a process for each group, a thread for each track, counters,
/// and arrows for flows. Times are microseconds with as many decimals as the clock has (the viewer itself resolves 1 ns).
/// </summary>
public static class PerfettoTrace
{
    /// <summary>Writes the trace; one event a line, UTF-8.</summary>
    public static void Write(Timeline timeline, Stream output)
    {
        ArgumentNullException.ThrowIfNull(timeline);
        using var writer = new StreamWriter(output, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        var groups = timeline.Tracks.Select(t => t.Group).Distinct().ToList();
        var process = timeline.Tracks.Select(t => groups.IndexOf(t.Group) + 1).ToArray();
        writer.Write("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"tick\":\"");
        writer.Write(timeline.Tick.Name);
        writer.Write("\",\"leftOut\":");
        writer.Write(Quote(string.Join(' ', timeline.LeftOut)));
        writer.Write("},\"traceEvents\":[");

        var separator = "\n";
        for (var i = 0; i < groups.Count; i++)
            Event($"{{\"ph\":\"M\",\"name\":\"process_name\",\"pid\":{i + 1},\"tid\":0,\"args\":{{\"name\":{Quote(groups[i])}}}}}");
        for (var i = 0; i < timeline.Tracks.Count; i++)
        {
            if (timeline.Tracks[i].IsCounter) continue;
            Event($"{{\"ph\":\"M\",\"name\":\"thread_name\",\"pid\":{process[i]},\"tid\":{i + 1},\"args\":{{\"name\":{Quote(timeline.Tracks[i].Name)}}}}}");
            Event($"{{\"ph\":\"M\",\"name\":\"thread_sort_index\",\"pid\":{process[i]},\"tid\":{i + 1},\"args\":{{\"sort_index\":{i}}}}}");
        }

        var quoted = new Dictionary<int, string>();
        foreach (var span in timeline.Spans)
        {
            Event($"{{\"ph\":\"X\",\"name\":{Name(span.Name)},\"pid\":{process[span.Track]},\"tid\":{span.Track + 1},\"ts\":");
            WriteMicroseconds(writer, span.Start, timeline.Tick.PerSecond);
            writer.Write(",\"dur\":");
            WriteMicroseconds(writer, span.End - span.Start, timeline.Tick.PerSecond);
            if (span.Detail >= 0 || span.Number >= 0)
            {
                writer.Write(",\"args\":{");
                if (span.Detail >= 0) writer.Write($"\"detail\":{Name(span.Detail)}");
                if (span.Detail >= 0 && span.Number >= 0) writer.Write(',');
                if (span.Number >= 0) writer.Write(string.Create(CultureInfo.InvariantCulture, $"\"number\":{span.Number}"));
                writer.Write('}');
            }

            writer.Write('}');
        }

        foreach (var point in timeline.Counters)
        {
            Event($"{{\"ph\":\"C\",\"name\":{Quote(timeline.Tracks[point.Track].Name)},\"pid\":{process[point.Track]},\"ts\":");
            WriteMicroseconds(writer, point.Time, timeline.Tick.PerSecond);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $",\"args\":{{\"value\":{point.Value:R}}}}}"));
        }

        long id = 0;
        foreach (var flow in timeline.Flows)
        {
            var (from, to) = (timeline.SpanAt(flow.From), timeline.SpanAt(flow.To));
            WriteFlowEnd("s", from.Track, from.End, ++id);
            WriteFlowEnd("f\",\"bp\":\"e", to.Track, to.Start, id);
        }

        writer.Write("\n]}\n");

        void Event(string text)
        {
            writer.Write(separator);
            writer.Write(text);
            separator = ",\n";
        }

        void WriteFlowEnd(string phase, int track, long time, long number)
        {
            Event(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"ph\":\"{phase}\",\"name\":\"waits\",\"cat\":\"flow\",\"id\":{number},\"pid\":{process[track]},\"tid\":{track + 1},\"ts\":"));
            WriteMicroseconds(writer, time, timeline.Tick.PerSecond);
            writer.Write('}');
        }

        string Name(int index)
        {
            if (!quoted.TryGetValue(index, out var text)) quoted.Add(index, text = Quote(timeline.NameOf(index)));
            return text;
        }
    }

    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(text) + "\"";

    /// <summary>Ticks as exact decimal microseconds.</summary>
    private static void WriteMicroseconds(StreamWriter writer, long ticks, long perSecond)
    {
        var perMicrosecond = perSecond / 1_000_000;
        Span<char> digits = stackalloc char[32];
        (ticks / perMicrosecond).TryFormat(digits, out var length, default, CultureInfo.InvariantCulture);
        var rest = ticks % perMicrosecond;
        if (rest != 0)
        {
            digits[length++] = '.';
            for (var unit = perMicrosecond / 10; unit > 0 && rest > 0; unit /= 10)
            {
                digits[length++] = (char)('0' + rest / unit);
                rest %= unit;
            }
        }

        writer.Write(digits[..length]);
    }
}
