using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Metrics;

public sealed class SummaryBuilderTests
{
    /// <summary>Ten requests a second apart: first token after 0.5 s, ten further tokens of 0.1 s each.</summary>
    private static RequestRow[] Rows() => [.. Enumerable.Range(0, 10).Select(i => new RequestRow
    {
        Id = i,
        ArrivalNanoseconds = i * 1_000_000_000L,
        FirstScheduledNanoseconds = i * 1_000_000_000L + 200_000_000,
        FirstTokenNanoseconds = i * 1_000_000_000L + 500_000_000,
        FinishNanoseconds = i * 1_000_000_000L + 1_500_000_000,
        PromptTokens = 100,
        OutputTokens = 11,
        Status = RequestStatus.Finished,
    })];

    private static RunFacts Facts(double warmUp = 0, SloSection? slo = null) => new()
    {
        Totals = [new ReplicaTotals()],
        Gaps = new TokenGaps(),
        SimulatedNanoseconds = 10_500_000_000,
        WarmUp = warmUp,
        OpenLoop = true,
        Devices = 2,
        Slo = slo,
        UsdPerHour = 3.6,
        TimeModel = new TimeModelFigures("ideal", "none"),
    };

    [Fact]
    public void Figures_are_those_of_their_definitions()
    {
        var s = SummaryBuilder.Build(Rows(), Facts());
        Assert.Equal(new RequestCounts(10, 0, 0), s.Requests);
        Assert.Equal((0.5, 0.1, 1.5, 0.2), (s.Ttft.P50, Math.Round(s.Tpot.Mean, 9), s.E2e.Max, s.Queueing.P99));
        Assert.Equal(1.5 / 11, s.NormalizedLatency.P50, 12);
        Assert.Equal((10 / 10.5, 1000 / 10.5, 110 / 10.5, 110 / 10.5 / 2), (s.Throughput.RequestsPerSecond, s.Throughput.InputTokensPerSecond, s.Throughput.OutputTokensPerSecond, s.Throughput.OutputTokensPerSecondPerDevice));
        Assert.Equal(10, s.Throughput.OutputTokensPerSecondPerUser, 9);
        // DistServe's default bounds: a TTFT of 0.5 s misses 0.2 s.
        Assert.Equal((0, 0), (s.Goodput, s.GoodputShare));
        // 3.6 dollars an hour for 10.5 s and 110 tokens.
        Assert.Equal(0.001 * 10.5 / 110 * 1e6, s.Economy.UsdPerMillionOutputTokens!.Value, 9);
        Assert.Null(s.Economy.EnergyJoules);
        Assert.Empty(s.Slo);
    }

    [Theory]
    [InlineData(0, 0.1, 0)]
    [InlineData(1, 0.1, 0)]
    [InlineData(2, 0.1, 1)]
    [InlineData(10, 0.15, 2)]
    [InlineData(10, 1, 9)]
    [InlineData(1000, 0.1, 100)]
    public void Warm_up_leaves_at_least_one_request(long requests, double share, long expected) => Assert.Equal(expected, SummaryBuilder.WarmUpRequests(requests, share));

    [Fact]
    public void A_bound_on_tpot_is_met_by_single_tokens_but_not_where_nothing_was_measured()
    {
        var slo = new SloSection { Tpot = new BoundSection { Seconds = 0.1 } };
        bool Met(RequestRow[] rows, double warmUp = 0) => SummaryBuilder.Build(rows, Facts(warmUp, slo)).Slo.Single(b => b.Metric == "tpot").Met;
        Assert.True(Met([.. Rows().Select(r => r with { OutputTokens = 1 })]));
        // The one that finished is warm-up.
        Assert.False(Met([Rows()[0], Rows()[1] with { Status = RequestStatus.Unfinished, FinishNanoseconds = -1 }], 0.1));
        Assert.True(double.IsFinite(SummaryBuilder.Build(Rows().AsSpan()[..1], Facts(0.1, slo)).Tpot.Mean));
    }

    [Fact]
    public void Warm_up_is_left_out_of_latencies_and_counts_as_throughput_where_it_runs_on()
    {
        var rows = Rows();
        rows[0] = rows[0] with { FinishNanoseconds = 9_000_000_000 };
        var s = SummaryBuilder.Build(rows, Facts(warmUp: 0.15));
        Assert.Equal((2, 10), (s.WarmUpRequests, s.Requests.Completed));
        Assert.Equal(1.5, s.E2e.Max);
        // Of the first request, served from 0.2 to 9 s, and of the second, from 1.2 to 2.5 s, what lies between 2 and 10.5 s.
        Assert.Equal((8 + 7 / 8.8 + 0.5 / 1.3) / 8.5, s.Throughput.RequestsPerSecond, 12);
        Assert.Equal((8 + 0.5 / 1.3) / 8.5, SummaryBuilder.Build(Rows(), Facts(warmUp: 0.15)).Throughput.RequestsPerSecond, 12);
        rows[0] = rows[0] with { FinishNanoseconds = 20_000_000_000 };
        Assert.Equal((8 + 8.5 / 19.8 + 0.5 / 1.3) / 8.5, SummaryBuilder.Build(rows, Facts(warmUp: 0.15)).Throughput.RequestsPerSecond, 12);
    }

    [Fact]
    public void Requests_that_come_at_once_are_served_at_the_rate_at_which_they_leave()
    {
        RequestRow[] rows = [.. Rows().Select(r => r with { ArrivalNanoseconds = 0 })];
        var s = SummaryBuilder.Build(rows, Facts(warmUp: 0.2));
        Assert.Equal((10 / 10.5, 110 / 10.5), (s.Throughput.RequestsPerSecond, s.Throughput.OutputTokensPerSecond));
    }

    [Fact]
    public void One_user_is_served_at_the_rate_of_one_request_after_the_other()
    {
        RequestRow[] rows = [.. Rows().Select(r => r with { ArrivalNanoseconds = r.Id * 1_000_000_000L, FinishNanoseconds = (r.Id + 1) * 1_000_000_000L })];
        // The warm-up's last request ends at the moment at which the measured stretch begins, and is none of it.
        Assert.Equal(1, SummaryBuilder.Build(rows, Facts(warmUp: 0.2)).Throughput.RequestsPerSecond);
    }

    [Fact]
    public void The_SLO_is_judged_bound_by_bound()
    {
        var slo = new SloSection { Ttft = new BoundSection { P = 0.9, Seconds = 0.6 }, E2e = new BoundSection { P = 0.5, Seconds = 1 } };
        var s = SummaryBuilder.Build(Rows(), Facts(slo: slo));
        Assert.Equal([("ttft", true), ("e2e", false), ("goodput", false)], s.Slo.Select(r => (r.Metric, r.Met)));
        Assert.False(s.MeetsSlo);
        slo = slo with { E2e = null };
        s = SummaryBuilder.Build(Rows(), Facts(slo: slo));
        Assert.True(s.MeetsSlo);
        Assert.Equal((1, 10 / 10.5), (s.GoodputShare, s.Goodput));
    }

    [Fact]
    public void Rejected_and_unfinished_requests_count_against_goodput_only()
    {
        var rows = Rows();
        rows[3] = rows[3] with { Status = RequestStatus.Rejected, FirstScheduledNanoseconds = -1, FirstTokenNanoseconds = -1 };
        rows[9] = rows[9] with { Status = RequestStatus.Unfinished, FinishNanoseconds = -1 };
        var s = SummaryBuilder.Build(rows, Facts(slo: new SloSection { Ttft = new BoundSection { Seconds = 1 } }));
        Assert.Equal(new RequestCounts(8, 1, 1), s.Requests);
        Assert.Equal(0.8, s.GoodputShare);
        Assert.Equal(0.5, s.Ttft.Max);
    }

    [Fact]
    public void A_summary_survives_its_file()
    {
        var s = SummaryBuilder.Build(Rows(), Facts(slo: new SloSection { Ttft = new BoundSection { Seconds = 1 } })) with
        {
            Bottleneck = "nothing “much”",
            Advice = ["more", "less"],
            Memory = [new TierMemory("hbm", 5e9, 8e10, [new("weights", 4e9), new("kvCache", 1e9)])],
            Notes = ["a note"],
        };
        var text = SummaryJson.Write(s);
        var read = SummaryJson.Read("summary.json", text);
        Assert.Equal(System.Text.Encoding.UTF8.GetString(text), System.Text.Encoding.UTF8.GetString(SummaryJson.Write(read)));
        Assert.Equal(s.Ttft, read.Ttft);
        Assert.Throws<Files.InputException>(() => SummaryJson.Read("x", "{}"u8));
    }

    [Fact]
    public void The_contracts_members_are_there()
    {
        using var json = System.Text.Json.JsonDocument.Parse(SummaryJson.Write(SummaryBuilder.Build(Rows(), Facts())));
        var root = json.RootElement;
        foreach (var (name, members) in new[]
        {
            ("requests", "completed rejected unfinished"), ("ttft", "mean p50 p90 p95 p99 max"), ("tpot", "mean p50 p90 p95 p99 max"),
            ("itl", "mean p50 p90 p95 p99 max"), ("e2e", "mean p50 p90 p95 p99 max"),
            ("throughput", "requestsPerSecond inputTokensPerSecond outputTokensPerSecond"), ("memory", "peakBytes"),
            ("kvCache", "blocks peakUtilization preemptions recomputedTokens prefixHitRate"), ("utilization", "mfu mbu"), ("timeModel", "kind statedError"),
        })
        {
            foreach (var member in members.Split(' ')) Assert.True(root.GetProperty(name).TryGetProperty(member, out _), $"{name}.{member}");
        }

        foreach (var name in new[] { "goodput", "iterations", "simulatedSeconds", "saturated", "bottleneck" }) Assert.True(root.TryGetProperty(name, out _), name);
    }
}
