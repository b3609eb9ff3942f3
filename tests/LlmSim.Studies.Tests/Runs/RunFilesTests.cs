using System.Text.Json;
using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Workloads.Traces;

namespace LlmSim.Studies.Tests.Runs;

public sealed class RunFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string File(string name) => Path.Combine(_folder, name);

    private static RequestRow[] Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new RequestRow
    {
        Id = i,
        ArrivalNanoseconds = i * 1_000_000_001L,
        FirstScheduledNanoseconds = i * 1_000_000_001L + 7,
        FirstTokenNanoseconds = i * 1_000_000_001L + 500_000_000,
        FinishNanoseconds = i * 1_000_000_001L + 1_500_000_000,
        PromptTokens = 100 + i,
        OutputTokens = 11,
        CachedTokens = 16,
        Status = RequestStatus.Finished,
    })];

    [Fact]
    public void Requests_are_written_to_the_nanosecond_and_can_be_replayed()
    {
        var rows = Rows(3);
        rows[1] = rows[1] with { Status = RequestStatus.Rejected, FirstScheduledNanoseconds = -1, FirstTokenNanoseconds = -1, Replica = -1 };
        RequestsCsv.Write(File("requests.csv"), rows);
        Assert.Equal(
            """
            id,arrival_s,prompt_tokens,output_tokens,first_scheduled_s,first_token_s,finish_s,preemptions,cached_tokens,replica,status
            0,0,100,11,0.000000007,0.5,1.5,0,16,0,finished
            1,1.000000001,101,11,,,2.500000001,0,16,-1,rejected
            2,2.000000002,102,11,2.000000009,2.500000002,3.500000002,0,16,0,finished

            """, System.IO.File.ReadAllText(File("requests.csv")));
        using var reader = TraceReader.Open(File("requests.csv"));
        var arrivals = new List<long>();
        while (reader.Read(out var row)) arrivals.Add(row.ArrivalNanoseconds);
        Assert.Equal([0, 1_000_000_001, 2_000_000_002], arrivals);
    }

    [Fact]
    public void Iterations_are_written_as_they_end()
    {
        using (var csv = new IterationsCsv(File("iterations.csv"))) csv.Add(new IterationRecord(1, 5, 2_000_000_000, 3, 1, 512, 7, 8, 2, 99, 1));
        Assert.Equal("1,0.000000005,2,3,1,512,7,8,2,99,1,0", System.IO.File.ReadAllLines(File("iterations.csv"))[1]);
    }

    private static IterationSpans Spans(int count)
    {
        var spans = new IterationSpans(1 << 16);
        for (var i = 0; i < count; i++) spans.Add(new IterationRecord(0, i * 10_000_000L, i * 10_000_000L + 9_000_123, 1, 0, 0, 7, 8, 2, 99, i % 5 == 0 ? 1 : 0));
        return spans;
    }

    [Fact]
    public void A_timeline_holds_every_request_and_says_that_only_operators_were_left_out()
    {
        TimelineJson.Write(File("timeline.json"), Rows(5), [Spans(10)], [100], new TimelineSection());
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(File("timeline.json")));
        var events = json.RootElement.GetProperty("traceEvents").EnumerateArray().ToList();
        Assert.Equal("operators (give output.timeline.window or operatorsEvery)", json.RootElement.GetProperty("otherData").GetProperty("leftOut").GetString());
        Assert.Equal(10, events.Count(e => e.GetProperty("ph").GetString() == "X"));
        Assert.Equal(5, events.Count(e => e.GetProperty("ph").GetString() == "b" && e.GetProperty("name").GetString() == "request"));
        Assert.Equal(events.Count(e => e.GetProperty("ph").GetString() == "b"), events.Count(e => e.GetProperty("ph").GetString() == "e"));
        Assert.Equal(9000.123, events.First(e => e.GetProperty("ph").GetString() == "X").GetProperty("dur").GetDouble());
    }

    [Fact]
    public void A_timeline_keeps_its_budget_and_says_what_it_left_out()
    {
        TimelineJson.Write(File("timeline.json"), Rows(20_000), [Spans(20_000)], [100], new TimelineSection { MaxMegabytes = 2 });
        Assert.InRange(new FileInfo(File("timeline.json")).Length, 500_000, 2_000_000);
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(File("timeline.json")));
        var leftOut = json.RootElement.GetProperty("otherData").GetProperty("leftOut").GetString();
        Assert.Contains("all but every", leftOut, StringComparison.Ordinal);
        Assert.Contains("records are one span", leftOut, StringComparison.Ordinal);
    }

    [Fact]
    public void A_window_leaves_out_what_is_outside()
    {
        TimelineJson.Write(File("timeline.json"), Rows(100), [Spans(1000)], [100], new TimelineSection { Window = [2, 3] });
        using var json = JsonDocument.Parse(System.IO.File.ReadAllBytes(File("timeline.json")));
        var spans = json.RootElement.GetProperty("traceEvents").EnumerateArray().Where(e => e.GetProperty("ph").GetString() == "X").Select(e => e.GetProperty("ts").GetDouble()).ToList();
        Assert.InRange(spans.Min(), 1.98e6, 2.01e6);
        Assert.InRange(spans.Max(), 2.98e6, 3.01e6);
    }
}
