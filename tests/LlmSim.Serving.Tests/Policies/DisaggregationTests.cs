using FsCheck;
using FsCheck.Fluent;
using LlmSim.Execution.StepCosts;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Policies;

/// <summary>Prefill and decode on replicas of their own.</summary>
public class DisaggregationTests
{
    private static readonly EngineSettings _settings = new() { Policy = "prefill-decode", KvBlocks = 100, KvBytesPerToken = 1_000_000 };

    [Fact]
    public void The_second_token_waits_for_the_transfer()
    {
        // 100 tokens of 1 MB over 10 GB/s take 10 ms, and the latency is 1 ms.
        var record = Run(new KvLink { BytesPerSecond = 10e9, LatencyNanoseconds = 1_000_000 }, [Make(0, 0, 100, 2)]).Single();

        var decode = record.FinishNanoseconds - record.FirstTokenNanoseconds - 11_000_000;
        Assert.Equal(1, record.Replica);
        Assert.Equal(new LinearCost().Nanoseconds(Graphs.Batches.BatchShape.UniformDecode(1, 100, new LinearCost().Needs)), decode);
    }

    [Fact]
    public void Layers_sent_during_the_prefill_leave_one_layer_to_wait_for()
    {
        var slow = Run(new KvLink { BytesPerSecond = 1000e9 }, [Make(0, 0, 100, 2)]).Single();
        var overlapped = Run(new KvLink { BytesPerSecond = 1000e9, OverlappedLayers = 10 }, [Make(0, 0, 100, 2)]).Single();

        // 0.1 ms in all, shorter than the prefill, so a tenth is left.
        Assert.Equal(90_000, slow.FinishNanoseconds - overlapped.FinishNanoseconds);
    }

    [Fact]
    public void A_full_decode_replica_holds_transfers_back()
    {
        // Each request takes 51 blocks while it decodes; the decode replica has room for one.
        var records = Run(new KvLink { BytesPerSecond = 1e12 }, [Make(0, 0, 800, 60), Make(1, 0, 800, 60)]);

        Assert.True(records[1].FirstTokenNanoseconds < records[0].FinishNanoseconds);
        Assert.True(records[1].FinishNanoseconds - records[0].FinishNanoseconds > 59_000_000);
    }

    [Fact]
    public void What_a_transfer_waits_for_is_counted()
    {
        // 100 ms each on one link: the second waits for the first, which waits for nothing.
        var (link, _) = Simulated(new KvLink { BytesPerSecond = 1e9 }, [Make(0, 0, 100, 2), Make(1, 0, 100, 2)]);
        Assert.Equal((2, 200_000_000, 100_000_000, 0), (link.Transfers, link.TransferNanoseconds, link.TransferWaitNanoseconds, link.TransferRoomNanoseconds));
        // The decode replica has room for one: from the end of the first transfer on the second waits for the first request's end.
        var (room, records) = Simulated(new KvLink { BytesPerSecond = 1e12 }, [Make(0, 0, 800, 60), Make(1, 0, 800, 60)]);
        Assert.Equal(800_000 * 2, room.TransferNanoseconds);
        Assert.Equal(records[0].FinishNanoseconds - records[1].FirstTokenNanoseconds, room.TransferWaitNanoseconds);
        Assert.Equal(records[0].FinishNanoseconds - Math.Max(records[1].FirstTokenNanoseconds, records[0].FirstTokenNanoseconds + 800_000), room.TransferRoomNanoseconds);
        // So does a third behind it, which waits for the second's end besides; the link sends for 0.8 ms meanwhile, and what is left is for room.
        var (queue, all) = Simulated(new KvLink { BytesPerSecond = 1e12 }, [Make(0, 0, 800, 60), Make(1, 0, 800, 60), Make(2, 0, 800, 60)]);
        var (begins, prompts) = (new[] { all[0].FirstTokenNanoseconds, all[0].FinishNanoseconds, all[1].FinishNanoseconds }, all.ConvertAll(r => r.FirstTokenNanoseconds));
        Assert.Equal(Enumerable.Range(0, 3).Sum(i => begins[i] - prompts[i]), queue.TransferWaitNanoseconds);
        var sending = Enumerable.Range(0, 3).Sum(i => Enumerable.Range(0, i).Sum(j => Math.Max(0, Math.Min(begins[j] + 800_000, begins[i]) - Math.Max(begins[j], prompts[i]))));
        Assert.Equal(queue.TransferWaitNanoseconds - sending, queue.TransferRoomNanoseconds);
    }

    [Fact]
    public void Between_first_token_and_last_lie_the_wait_the_transfer_and_the_decodes() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(
            from prefills in Gen.Choose(1, 3)
            from decodes in Gen.Choose(1, 2)
            from layers in Gen.Elements(0, 8)
            from megabytes in Gen.Choose(1, 200)
            from requests in (from arrival in Gen.Choose(0, 50_000_000) from prompt in Gen.Choose(1, 700) from output in Gen.Choose(1, 6) select (arrival, prompt, output)).NonEmptyListOf()
            select (prefills, decodes, layers, megabytes, requests)),
        q =>
        {
            List<Request> requests = [.. q.requests.OrderBy(r => r.arrival).Select((r, i) => Make(i, r.arrival, r.prompt, r.output))];
            // A decode takes a nanosecond, so that what else passes between tokens is the wait and the transfer; room is scarce while transfers are under way.
            var replicas = Enumerable.Repeat("prefill", q.prefills).Concat(Enumerable.Repeat("decode", q.decodes))
                .Select(role => new ReplicaSettings(_settings with { Role = role, KvBlocks = role == "decode" ? 60 : 400 }, new PromptCost())).ToList();
            var recorder = new Recorder();
            var simulation = new Simulation(
                new ClusterSettings { Replicas = replicas, KvLink = new KvLink { BytesPerSecond = q.megabytes * 1e9, LatencyNanoseconds = 5_000, OverlappedLayers = q.layers } }, new ListSource(requests), recorder);
            simulation.Run();
            var totals = Enumerable.Range(0, q.prefills).Select(simulation.Totals).ToList();
            var sent = recorder.Requests.Where(r => r.Request.OutputTokens > 1).ToList();
            Assert.All(sent, r => Assert.Equal(RequestStatus.Finished, r.Status));
            Assert.Equal(sent.Count, totals.Sum(t => t.Transfers));
            var between = sent.Sum(r => r.FinishNanoseconds - r.FirstTokenNanoseconds) - totals.Sum(t => t.TransferWaitNanoseconds + t.TransferNanoseconds);
            var decoded = sent.Sum(r => r.Request.OutputTokens - 1L);
            // One more nanosecond at most for an iteration under way when the keys and values come; those that lose them again compute them anew.
            Assert.InRange(between, decoded, sent.Exists(r => r.Preemptions > 0) ? long.MaxValue : decoded + sent.Count);
            Assert.All(totals, t => Assert.InRange(t.TransferRoomNanoseconds, 0, t.TransferWaitNanoseconds));
        }));

    [Fact]
    public void A_link_sends_one_request_after_another()
    {
        var records = Run(new KvLink { BytesPerSecond = 1e9 }, [Make(0, 0, 100, 2), Make(1, 0, 100, 2)]);

        Assert.Equal(records[0].FirstTokenNanoseconds, records[1].FirstTokenNanoseconds);
        Assert.InRange(records[1].FinishNanoseconds - records[0].FinishNanoseconds, 99_000_000, 101_000_000);
    }

    [Fact]
    public void Pools_that_do_not_fit_together_are_refused_with_every_error()
    {
        var cluster = new ClusterSettings { Replicas = [new ReplicaSettings(_settings with { Role = "prefill", KvBytesPerToken = null }, new LinearCost())] };

        var errors = Assert.Throws<InputException>(() => new Simulation(cluster, new ListSource([]))).Errors.Items.Select(e => e.Member).ToList();

        Assert.Contains("engine.kvBytesPerToken", errors);
        Assert.Contains("kvLink", errors);
    }

    private static List<RequestRecord> Run(KvLink link, List<Request> requests) => Simulated(link, requests).Records;

    /// <summary>One replica for each phase: what the sender did, and what became of the requests.</summary>
    private static (ReplicaTotals Sender, List<RequestRecord> Records) Simulated(KvLink link, List<Request> requests)
    {
        var recorder = new Recorder();
        var replicas = new[] { "prefill", "decode" }.Select(role => new ReplicaSettings(_settings with { Role = role }, new LinearCost())).ToList();
        var simulation = new Simulation(new ClusterSettings { Replicas = replicas, KvLink = link }, new ListSource(requests), recorder);
        simulation.Run();
        return (simulation.Totals(0), [.. recorder.Requests.OrderBy(r => r.Request.Id)]);
    }

    /// <summary>A microsecond a prompt token, a nanosecond where none is in the batch.</summary>
    private sealed class PromptCost : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch) => Math.Max(1, 1_000 * batch.Prefill.Tokens);
    }

    private static Request Make(long id, long arrival, int prompt, int output) => new() { Id = id, ArrivalNanoseconds = arrival, PromptTokens = prompt, OutputTokens = output };
}
