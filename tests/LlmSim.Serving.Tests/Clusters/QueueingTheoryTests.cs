using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Kernel.Chance;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Clusters;

/// <summary>Results that queueing theory knows in closed form.</summary>
public class QueueingTheoryTests
{
    private const long Millisecond = 1_000_000;

    [Theory]
    [InlineData(0.3)]
    [InlineData(0.7)]
    [InlineData(0.85)]
    public void One_request_at_a_time_waits_as_in_M_D_1(double load)
    {
        // Every request takes 1 + 9 iterations of 10 ms.
        var service = 0.1;
        var waits = Waits(new Poisson(load / service, 200_000, _ => 10, seed: 1), maxSequences: 1);

        AssertMean(load * service / (2 * (1 - load)), waits);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void One_request_at_a_time_waits_as_in_M_G_1(double load)
    {
        // 1 to 19 tokens, each equally likely: mean 10, mean square (19+1)(2·19+1)/6 = 130 iterations².
        var (mean, square) = (10 * 0.01, 130 * 0.01 * 0.01);
        var lambda = load / mean;
        var waits = Waits(new Poisson(lambda, 300_000, chance => 1 + chance.NextInt(19), seed: 2), maxSequences: 1);

        // Pollaczek and Khinchine.
        AssertMean(lambda * square / (2 * (1 - load)), waits);
    }

    [Theory]
    [InlineData("vllm-v1")]
    [InlineData("sarathi")]
    [InlineData("orca")]
    [InlineData("fastgen")]
    public void Saturation_throughput_is_the_closed_form_of_the_step_time(string policy)
    {
        // Iterations of 5 ms + 0.1 ms a token; 32 seats always full; each request brings 200 prompt tokens and 99 further decodes.
        const int seats = 32, prompt = 200, output = 100;
        var requests = Enumerable.Range(0, 4000).Select(i => new Request { Id = i, ArrivalNanoseconds = 0, PromptTokens = prompt, OutputTokens = output });
        var settings = new EngineSettings { Policy = policy, KvBlocks = 10_000, BlockTokens = 16, MaxSequences = seats, MaxBatchTokens = 4096, MaxLength = 300 };
        var simulation = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new TokenCost(5 * Millisecond, Millisecond / 10))), new ListSource(requests));

        simulation.Run();

        // A seat is held for `output` iterations, so seats/output requests finish in each, and bring seats·prompt/output prompt tokens.
        var iteration = 5e-3 + 1e-4 * (seats * (output - 1.0) / output + seats * (double)prompt / output);
        var expected = seats / (double)output / iteration;
        Assert.InRange(4000 / (simulation.NowNanoseconds / 1e9) / expected, 0.98, 1.02);
    }

    [Theory]
    [InlineData("vllm-v0", 0.6)]
    [InlineData("vllm-v1", 0.9)]
    [InlineData("sglang", 0.9)]
    [InlineData("static", 0.5)]
    public void Littles_law_holds(string policy, double rate)
    {
        var recorder = new Recorder(iterations: false);
        var source = new Poisson(rate, 3000, chance => 1 + chance.NextInt(60), seed: 3);
        var simulation = new Simulation(ClusterSettings.Uniform(2, new ReplicaSettings(new EngineSettings { Policy = policy, KvBlocks = policy == "sglang" ? 8000 : 1000 }, new TokenCost(10 * Millisecond, Millisecond))), source, recorder);
        // The number inside, sampled by stepping; its mean must be the arrival rate times the mean time inside.
        var (samples, inside) = (0, 0.0);
        for (var t = 0L; simulation.Finished < 3000; t += 50 * Millisecond, samples++)
        {
            simulation.AdvanceTo(t);
            inside += simulation.Outstanding;
        }

        var seconds = simulation.NowNanoseconds / 1e9;
        var timeInside = recorder.Requests.Sum(r => (r.FinishNanoseconds - r.Request.ArrivalNanoseconds) / 1e9);
        Assert.Equal(1, inside / samples / (timeInside / seconds), 0.02);
    }

    private static List<double> Waits(Poisson source, int maxSequences)
    {
        var recorder = new Recorder(iterations: false);
        var settings = new EngineSettings { Policy = "vllm-v1", KvBlocks = 1000, MaxSequences = maxSequences };
        new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new TokenCost(10 * Millisecond, 0))), source, recorder).Run();
        return [.. recorder.Requests.Select(r => (r.FirstScheduledNanoseconds - r.Request.ArrivalNanoseconds) / 1e9)];
    }

    /// <summary>Within a 99.9 % confidence interval; waiting times depend on each other, so their mean's error comes from batch means.</summary>
    private static void AssertMean(double expected, List<double> values)
    {
        const int batches = 50;
        var size = values.Count / batches;
        var means = Enumerable.Range(0, batches).Select(b => values.Skip(b * size).Take(size).Average()).ToList();
        var mean = means.Average();
        var error = Math.Sqrt(means.Sum(m => (m - mean) * (m - mean)) / (batches - 1) / batches);
        Assert.InRange(mean, expected - 3.5 * error, expected + 3.5 * error);
        Assert.True(error < 0.05 * expected, "the interval is too wide to say anything");
    }

    /// <summary>Iterations that take a constant and so much a token.</summary>
    private sealed class TokenCost(long constant, long perToken) : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch) => constant + perToken * batch.Tokens;
    }

    private sealed class Poisson(double rate, int count, Func<RandomStream, int> output, ulong seed) : IRequestSource
    {
        private readonly RandomStream _chance = new(seed);
        private int _made;
        private double _seconds;
        private Request? _next;

        public long? Count => count;

        public Request? Peek()
        {
            if (_next is not null || _made == count) return _next;
            _seconds += _chance.NextExponential(rate);
            return _next = new Request { Id = _made++, ArrivalNanoseconds = (long)(_seconds * 1e9), PromptTokens = 5, OutputTokens = output(_chance) };
        }

        public Request Take()
        {
            var taken = Peek()!;
            _next = null;
            return taken;
        }

        public void Completed(Request request, long nanoseconds)
        {
        }
    }
}
