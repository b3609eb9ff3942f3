using System.Text;
using System.Text.Json;
using LlmSim.Kernel.Recording;
using LlmSim.Kernel.Time;

namespace LlmSim.Kernel.Tests.Recording;

public class TimelineTests
{
    [Fact]
    public void A_trace_is_valid_JSON_with_every_record_in_its_place()
    {
        var timeline = Sample();
        using var trace = JsonDocument.Parse(Written(s => PerfettoTrace.Write(timeline, s)));
        var events = trace.RootElement.GetProperty("traceEvents").EnumerateArray().ToList();
        Assert.Equal("Only the first layer.", trace.RootElement.GetProperty("otherData").GetProperty("leftOut").GetString());

        var spans = events.Where(e => e.GetProperty("ph").GetString() == "X").ToList();
        Assert.Equal(["q_proj \"packed\"", "attention"], spans.Select(e => e.GetProperty("name").GetString()));
        Assert.Equal("0.000007", spans[0].GetProperty("ts").GetRawText());
        Assert.Equal("12.5", spans[0].GetProperty("dur").GetRawText());
        Assert.Equal("memory", spans[0].GetProperty("args").GetProperty("detail").GetString());
        Assert.Equal(3, spans[0].GetProperty("args").GetProperty("number").GetInt32());
        Assert.Equal(1.5e9, events.Single(e => e.GetProperty("ph").GetString() == "C").GetProperty("args").GetProperty("value").GetDouble());
        var threads = events.Where(e => e.GetProperty("name").GetString() == "thread_name").ToDictionary(
            e => (e.GetProperty("pid").GetInt32(), e.GetProperty("tid").GetInt32()), e => e.GetProperty("args").GetProperty("name").GetString());
        Assert.Equal("matrix", threads[(spans[0].GetProperty("pid").GetInt32(), spans[0].GetProperty("tid").GetInt32())]);
        var flows = events.Where(e => e.GetProperty("ph").GetString() is "s" or "f").Select(e => e.GetProperty("ts").GetDouble());
        Assert.Equal([12.500007, 13], flows);
    }

    [Fact]
    public void A_table_has_a_line_for_each_span() =>
        Assert.Equal(
            "group,track,name,number,detail,start_s,end_s\n"
            + "device 0,matrix,\"q_proj \"\"packed\"\"\",3,memory,0.000000000007,0.000012500007\n"
            + "device 1,\"copy, up\",attention,,,0.000013,0.000014\n",
            Written(s => TimelineCsv.Write(Sample(), s)));

    [Fact]
    public void Recording_allocates_per_batch_and_not_per_record()
    {
        var timeline = new Timeline(Tick.Nanosecond);
        var track = timeline.AddTrack("a", "b");
        var name = timeline.Intern("c");
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100_000; i++) timeline.AddSpan(track, name, i, i + 1);
        var bytesPerSpan = (GC.GetAllocatedBytesForCurrentThread() - before) / 100_000.0;
        Assert.InRange(bytesPerSpan, 1, 50);
        Assert.Equal(99_999, timeline.SpanAt(99_999).Start);
    }

    private static Timeline Sample()
    {
        var timeline = new Timeline(Tick.Picosecond);
        var matrix = timeline.AddTrack("matrix", "device 0");
        var copy = timeline.AddTrack("copy, up", "device 1");
        var memory = timeline.AddTrack("hbm", "device 0", isCounter: true);
        var first = timeline.AddSpan(matrix, timeline.Intern("q_proj \"packed\""), 7, 12_500_007, timeline.Intern("memory"), 3);
        var second = timeline.AddSpan(copy, timeline.Intern("attention"), 13_000_000, 14_000_000);
        timeline.AddCounter(memory, 0, 1.5e9);
        timeline.AddFlow(first, second);
        timeline.LeftOut.Add("Only the first layer.");
        return timeline;
    }

    private static string Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
