using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Prefixes;
using LlmSim.Workloads.Requests;
using LlmSim.Workloads.Sources;
using LlmSim.Workloads.Tests.Traces;

namespace LlmSim.Workloads.Tests.Sources;

public sealed class RequestStreamTests
{
    private static readonly RandomStreams Streams = new(5);

    /// <summary>Serves every request for a fixed time, unlimited at once, and returns them in order of arrival.</summary>
    private static List<Request> Serve(RequestStream source, long serviceNanoseconds, int most = 100_000)
    {
        var taken = new List<Request>();
        var running = new PriorityQueue<Request, (long, long)>();
        long now = 0;
        while (taken.Count < most)
        {
            var next = source.Peek();
            var hasEnd = running.TryPeek(out var ending, out var end);
            if (next is null && !hasEnd) break;
            if (hasEnd && (next is null || end.Item1 <= next.ArrivalNanoseconds))
            {
                now = end.Item1;
                source.Completed(running.Dequeue(), now);
                continue;
            }

            Assert.True(next!.ArrivalNanoseconds >= now, "time runs backwards");
            now = next.ArrivalNanoseconds;
            Assert.Same(next, source.Take());
            Assert.Equal(taken.Count, next.Id);
            taken.Add(next);
            running.Enqueue(next, (now + serviceNanoseconds, next.Id));
        }

        return taken;
    }

    [Fact]
    public void Independent_requests_come_in_order_and_number_as_asked()
    {
        var rows = new SyntheticRows(new PoissonArrivals(10, Streams.Stream("a")), new FixedLengths(5, 6));
        var requests = Serve(new RequestStream(rows, limit: 1000), 1_000_000_000);
        Assert.Equal(1000, requests.Count);
        Assert.All(requests, r => Assert.Equal((5, 6, -1L), (r.PromptTokens, r.OutputTokens, r.Session)));
    }

    [Fact]
    public void A_closed_loop_never_has_more_requests_under_way_than_users()
    {
        var loop = new ClosedLoop(4, 2, new Pause(3, 0, Streams.Stream("think")), new FixedLengths(5, 6));
        var requests = Serve(new RequestStream(loop, loop, 40), 1_000_000_000);
        Assert.Equal(40, requests.Count);
        Assert.Equal([0, 500_000_000, 1_000_000_000, 1_500_000_000], requests.Take(4).Select(r => r.ArrivalNanoseconds));
        // Each user: 1 s of service and 3 s of thought between arrivals.
        foreach (var user in requests.GroupBy(r => r.Session))
        {
            var times = user.Select(r => r.ArrivalNanoseconds).ToArray();
            for (var i = 1; i < times.Length; i++) Assert.Equal(4_000_000_000, times[i] - times[i - 1]);
        }
    }

    [Fact]
    public void Sessions_grow_by_what_was_said_and_share_exactly_that()
    {
        var plan = new SessionPlan { MeanTurns = 5, ToolShare = 0.5, MaxContextTokens = 4000 };
        var sessions = new LlmSim.Workloads.Sources.Sessions(
            plan, new PoissonArrivals(1, Streams.Stream("starts")), new UniformLengths((10, 300), (10, 200), Streams.Stream("lengths")),
            new Pause(10, 1, Streams.Stream("think")), new Pause(1, 0, Streams.Stream("tool")),
            new SharedPrefixes(2, 100, 1, 0, Streams.Stream("prefix")), Streams.Stream("turns"));
        var requests = Serve(new RequestStream(sessions, sessions, 5000), 2_000_000_000);
        var pauses = new List<double>();
        foreach (var session in requests.GroupBy(r => r.Session))
        {
            Request? before = null;
            foreach (var request in session)
            {
                Assert.Equal((request.PromptTokens + request.OutputTokens) / 16, request.PrefixBlocks.Length);
                Assert.True(request.PromptTokens + request.OutputTokens <= 4000);
                if (before is not null)
                {
                    Assert.True(request.PromptTokens > before.PromptTokens + before.OutputTokens);
                    var said = before.PrefixBlocks.Length;
                    Assert.True(before.PrefixBlocks.Span.SequenceEqual(request.PrefixBlocks.Span[..said]));
                    pauses.Add((request.ArrivalNanoseconds - before.ArrivalNanoseconds - 2_000_000_000) / 1e9);
                }

                before = request;
            }
        }

        // Sessions of the same group begin alike, others do not, and nothing else is shared.
        Assert.Equal(2, requests.Select(r => r.PrefixBlocks.Span[0]).Distinct().Count());
        var seventh = requests.GroupBy(r => r.Session).Select(s => s.First().PrefixBlocks.Span[6]).ToList();
        Assert.Equal(seventh.Count, seventh.Distinct().Count());
        // Half of the follow-ups wait for a tool (1 s), half for a person (10 s on average).
        Assert.InRange(pauses.Count(p => p == 1) / (double)pauses.Count, 0.45, 0.55);
        Assert.InRange(pauses.Where(p => p != 1).Average(), 9, 11);
    }

    [Fact]
    public void Shared_prefixes_are_put_before_the_prompt_by_popularity()
    {
        var prefixes = new SharedPrefixes(4, 64, 0.5, 1, Streams.Stream("prefix"));
        var rows = new SyntheticRows(new ConstantArrivals(10), new FixedLengths(5, 6), prefixes);
        var requests = Serve(new RequestStream(rows, limit: 40_000), 1);
        var with = requests.Where(r => r.PrefixBlocks.Length > 0).ToList();
        Assert.InRange(with.Count, 19_500, 20_500);
        Assert.All(with, r => Assert.Equal((69, 4, 16), (r.PromptTokens, r.PrefixBlocks.Length, r.PrefixBlockTokens)));
        var counts = with.GroupBy(r => r.PrefixBlocks.Span[0]).Select(g => g.Count()).OrderDescending().ToArray();
        Assert.Equal(4, counts.Length);
        // Zipf with exponent 1 over four: 12/25, 6/25, 4/25, 3/25.
        Assert.InRange(counts[0] / (double)with.Count, 0.46, 0.50);
        Assert.InRange(counts[3] / (double)with.Count, 0.105, 0.135);
    }

    [Fact]
    public void A_chain_of_tool_calls_waits_for_each_request_to_end()
    {
        using var file = new TemporaryFile("""
            {"session_id":"s","arrival_time_ns":1000,"sub_requests":[{"input_toks":10,"output_toks":1,"tool_duration_ns":500},{"input_toks":20,"output_toks":2,"tool_duration_ns":70},{"input_toks":30,"output_toks":3}]}
            {"arrival_time_ns":1200,"input_toks":7,"output_toks":7}
            """);
        using var source = Trace(file.Path);
        var requests = Serve(source, 100);
        Assert.Equal([(1000L, 10), (1200, 7), (1600, 20), (1770, 30)], requests.Select(r => (r.ArrivalNanoseconds, r.PromptTokens)));
        Assert.Single(requests.Where(r => r.PromptTokens != 7).Select(r => r.Session).Distinct());
    }

    [Fact]
    public void A_Dynamo_session_goes_on_after_its_delay_also_when_its_rows_lie_apart()
    {
        using var file = new TemporaryFile("""
            {"session_id":"a","timestamp":0,"input_length":1,"output_length":1}
            {"session_id":"a","delay":2,"input_length":2,"output_length":1}
            {"session_id":"b","timestamp":1,"input_length":3,"output_length":1}
            {"session_id":"c","timestamp":50,"input_length":4,"output_length":1}
            {"session_id":"a","delay":3,"input_length":5,"output_length":1}
            """);
        using var source = Trace(file.Path);
        // Service takes 1 ms. The last row of a is read when c is taken at 50 ms; a's second request ended at 4 ms, so it is due at once.
        var requests = Serve(source, 1_000_000, 4);
        Assert.Equal([(0L, 1), (1_000_000, 3), (3_000_000, 2), (50_000_000, 4)], requests.Select(r => (r.ArrivalNanoseconds, r.PromptTokens)));
    }

    [Fact]
    public void A_trace_can_be_stretched_or_given_other_times()
    {
        using var file = new TemporaryFile("arrival_s,prompt_tokens,output_tokens\n0,1,1\n3,2,1\n4,3,1\n");
        using var stretched = new RequestStream(new TraceRows(file.Path, timeScale: 0.5));
        Assert.Equal([0, 1_500_000_000, 2_000_000_000], Serve(stretched, 1).Select(r => r.ArrivalNanoseconds));
        using var retimed = new RequestStream(new TraceRows(file.Path, arrivals: new ConstantArrivals(10)));
        Assert.Equal([(0L, 1), (100_000_000, 2), (200_000_000, 3)], Serve(retimed, 1).Select(r => (r.ArrivalNanoseconds, r.PromptTokens)));
    }

    [Fact]
    public void Lengths_without_times_need_an_arrival_process()
    {
        using var file = new TemporaryFile("num_prefill_tokens,num_decode_tokens\n5,6\n");
        Assert.Throws<LlmSim.Files.InputException>(() => new TraceRows(file.Path));
        using var timed = new RequestStream(new TraceRows(file.Path, arrivals: new ConstantArrivals(1)));
        Assert.Single(Serve(timed, 1));
    }

    private static RequestStream Trace(string path)
    {
        var rows = new TraceRows(path);
        return new RequestStream(rows, chained: rows.Chained);
    }
}
