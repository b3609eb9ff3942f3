using LlmSim.Files;
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

    private static List<RequestRecord> Run(KvLink link, List<Request> requests)
    {
        var recorder = new Recorder();
        var replicas = new[] { "prefill", "decode" }.Select(role => new ReplicaSettings(_settings with { Role = role }, new LinearCost())).ToList();
        new Simulation(new ClusterSettings { Replicas = replicas, KvLink = link }, new ListSource(requests), recorder).Run();
        return [.. recorder.Requests.OrderBy(r => r.Request.Id)];
    }

    private static Request Make(long id, long arrival, int prompt, int output) => new() { Id = id, ArrivalNanoseconds = arrival, PromptTokens = prompt, OutputTokens = output };
}
