using System.Globalization;
using System.IO.Compression;
using LlmSim.Execution.StepCosts.MeasuredTables;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Tests;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Evidence;

/// <summary>
/// Runs of Vidur (Llama-2-7B, one A100) replayed with the very time tables that Vidur used: every request's TTFT and E2E to a
/// microsecond (the clock rounds each iteration to a nanosecond), and the same number of iterations and restarts.
/// </summary>
public class VidurRunTests
{
    private static readonly Lazy<VidurTable> _table = new(() => VidurTable.Read(SharedData.Path("vidur/tables"), layers: 32));

    [SharedTheory]
    [InlineData("conv1000_vllm", "conv_replay_1000", "vllm-v0", 7424, 1, 6144)]
    [InlineData("poisson4_1000_vllm", "conv_poisson4_1000", "vllm-v0", 7424, 0, 7900)]
    [InlineData("tight_conv1000_vllm", "conv_replay_1000", "vllm-v0", 1500, 93, 15383)]
    [InlineData("code1000_vllm", "code_replay_1000", "vllm-v0", 7424, 0, 2759)]
    [InlineData("conv1000_sarathi", "conv_replay_1000", "sarathi", 7424, 0, 5891)]
    [InlineData("poisson4_1000_sarathi", "conv_poisson4_1000", "sarathi", 7424, 0, 8138)]
    public void One_replica_reproduces_the_run(string run, string trace, string policy, int blocks, int restarts, int iterations)
    {
        var (simulation, recorder) = Replay(trace, policy, blocks, replicas: 1);

        Compare(run, recorder);
        Assert.Equal(iterations, simulation.Totals(0).Iterations);
        Assert.Equal(restarts, simulation.Totals(0).Preemptions);
        CompareIterations(run, recorder);
    }

    [SharedFact]
    public void Two_replicas_behind_round_robin_reproduce_the_run()
    {
        var (simulation, recorder) = Replay("conv_replay_1000", "vllm-v0", 7424, replicas: 2);

        Compare("two_round_robin_conv1000_vllm", recorder);
        Assert.Equal(24408, simulation.Totals(0).Iterations + simulation.Totals(1).Iterations);
        Assert.Equal(0, simulation.Totals(0).Preemptions + simulation.Totals(1).Preemptions);
    }

    private static (Simulation Simulation, Recorder Recorder) Replay(string trace, string policy, int blocks, int replicas)
    {
        var settings = new EngineSettings
        {
            Policy = policy,
            KvBlocks = blocks,
            // 74 blocks of 7,424 and 15 of 1,500.
            Watermark = 0.01,
            MaxSequences = 128,
            MaxBatchTokens = policy == "sarathi" ? 512 : 4096,
            PaddedBudget = policy == "vllm-v0",
        };
        var requests = Rows($"vidur/inputs/{trace}.csv.gz").Select((row, id) => new Request
        {
            Id = id,
            ArrivalNanoseconds = (long)Math.Round(row["arrived_at"] * 1e9),
            PromptTokens = (int)row["num_prefill_tokens"],
            OutputTokens = (int)row["num_decode_tokens"],
        });
        var recorder = new Recorder();
        var simulation = new Simulation(ClusterSettings.Uniform(replicas, new ReplicaSettings(settings, _table.Value)), new ListSource(requests), recorder);
        simulation.Run();
        return (simulation, recorder);
    }

    private static void Compare(string run, Recorder recorder)
    {
        var expected = Rows($"vidur/runs/{run}.requests.csv.gz").ToDictionary(row => (long)row["request_id"]);
        Assert.Equal(expected.Count, recorder.Requests.Count);
        foreach (var record in recorder.Requests)
        {
            var theirs = expected[record.Request.Id];
            var arrival = record.Request.ArrivalNanoseconds;
            Assert.Equal(RequestStatus.Finished, record.Status);
            Assert.InRange((record.FinishNanoseconds - arrival) / 1e9 - theirs["e2e_s"], -1e-6, 1e-6);
            Assert.InRange((record.FirstTokenNanoseconds - arrival) / 1e9 - theirs["ttft_s"], -1e-6, 1e-6);
            Assert.InRange((record.FirstScheduledNanoseconds - arrival) / 1e9 - theirs["scheduling_delay_s"], -1e-6, 1e-6);
            Assert.Equal(theirs["restarts"], record.Preemptions);
        }
    }

    private static void CompareIterations(string run, Recorder recorder)
    {
        var theirs = Rows($"vidur/runs/{run}.batches.csv.gz").ToList();
        var at = 0;
        foreach (var record in recorder.Iterations)
        {
            Assert.InRange(record.StartNanoseconds / 1e9 - theirs[at]["start"], -1e-6, 1e-6);
            Assert.Equal(theirs[at]["size"], record.BatchSize);
            Assert.Equal(theirs[at]["prefill_tokens"], record.PrefillTokens);
            at += (int)record.Iterations;
            Assert.InRange(record.EndNanoseconds / 1e9 - theirs[at - 1]["end"], -1e-6, 1e-6);
            Assert.Equal(theirs[at - 1]["kv_blocks"], record.KvBlocksUsed);
        }

        Assert.Equal(theirs.Count, at);
    }

    private static IEnumerable<Dictionary<string, double>> Rows(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Path(path)), CompressionMode.Decompress));
        var header = reader.ReadLine()!.Split(',');
        while (reader.ReadLine() is { } line)
            yield return header.Zip(line.Split(',')).ToDictionary(field => field.First, field => double.Parse(field.Second, CultureInfo.InvariantCulture));
    }
}
