using System.Globalization;
using System.IO.Compression;
using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Kernel.Chance;
using LlmSim.Serving.Clusters;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Requests;

namespace LlmSim.Benchmarks;

/// <summary>The serving engine: iterations per second of pure decode, requests per second of every policy, and an Azure trace if one is named. Processor time; least of some rounds.</summary>
internal static class ServingBenchmark
{
    // Llama-2-7B on one A100: 7,424 blocks of 16 tokens (Vidur's count).
    private const long KvTokens = 7424 * 16;

    public static int Run(string[] arguments)
    {
        var decode = Enumerable.Range(0, 256).Select(i => new Request { Id = i, ArrivalNanoseconds = 0, PromptTokens = 100 + i % 37, OutputTokens = 4000 }).ToList();
        foreach (var cache in new[] { true, false })
            Report($"pure decode, 256 x 4,000, prefix cache {cache}", 60, () => Simulate(new EngineSettings { KvBlocks = 200_000, PrefixCache = cache }, new Listed(decode)));
        if (arguments.Length > 0)
        {
            var trace = ReadAzure(arguments[0]);
            foreach (var policy in BatchingPolicies.Names) Report($"{Path.GetFileName(arguments[0])}, {policy}", 5, () => Simulate(Settings(policy), new Listed(trace)));
        }

        var full = Simulate(Settings("vllm-v1"), new Poisson(40_000, double.PositiveInfinity));
        var rate = 0.9 * full.Finished / (full.NowNanoseconds / 1e9);
        Report(string.Create(CultureInfo.InvariantCulture, $"a million requests, Poisson at {rate:N2}/s (90 % of capacity), vllm-v1"), 1, () => Simulate(Settings("vllm-v1"), new Poisson(1_000_000, rate)));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak resident memory {Environment.WorkingSet / 1e6:N0} MB"));
        return 0;
    }

    private static void Report(string name, int rounds, Func<Simulation> run)
    {
        var (least, last) = (double.MaxValue, run());
        for (var i = 0; i < rounds; i++)
        {
            var before = Environment.CpuUsage.TotalTime;
            last = run();
            least = Math.Min(least, (Environment.CpuUsage.TotalTime - before).TotalSeconds);
        }

        var totals = last.Totals(0);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{name}: {least * 1e3:N1} ms, {totals.Iterations:N0} iterations ({totals.Iterations / least / 1e6:N1} M/s), {last.Finished:N0} finished, {last.Rejected:N0} rejected, {totals.Preemptions:N0} preemptions, mean batch {(double)totals.SequenceIterations / totals.Iterations:N1}"));
    }

    private static Simulation Simulate(EngineSettings settings, IRequestSource source)
    {
        var simulation = new Simulation(ClusterSettings.Uniform(1, new ReplicaSettings(settings, new PNormCost())), source);
        simulation.Run();
        return simulation;
    }

    private static EngineSettings Settings(string policy) =>
        new() { Policy = policy, KvBlocks = KvTokens / (BatchingPolicies.Find(policy)!.Defaults.BlockTokens ?? 16), MaxLength = 4096 };

    private static List<Request> ReadAzure(string path)
    {
        using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        reader.ReadLine();
        var requests = new List<Request>();
        var first = default(DateTime);
        while (reader.ReadLine() is { } line)
        {
            var fields = line.Split(',');
            var at = DateTime.Parse(fields[0], CultureInfo.InvariantCulture);
            if (requests.Count == 0) first = at;
            requests.Add(new Request
            {
                Id = requests.Count,
                ArrivalNanoseconds = (at - first).Ticks * 100,
                PromptTokens = int.Parse(fields[1], CultureInfo.InvariantCulture),
                OutputTokens = int.Parse(fields[2], CultureInfo.InvariantCulture),
            });
        }

        return requests;
    }

    /// <summary>A decoder of 7 billion parameters on an A100, as a roofline smoothed with p = 2; token-wise time is memoised by tokens.</summary>
    private sealed class PNormCost : IStepCost
    {
        private readonly double[] _tokenWise = new double[16_384];

        public BatchNeeds Needs => BatchNeeds.None;

        public long Nanoseconds(in BatchShape batch)
        {
            if (batch.Tokens == 0) return 0;
            ref var known = ref _tokenWise[(int)Math.Min(batch.Tokens, _tokenWise.Length - 1)];
            if (known == 0) known = Norm(batch.Tokens * 13.5e9 / 250e12, 13.5e9 / 1.6e12);
            return (long)Math.Round((known + Attention(batch.Decode) + Attention(batch.Prefill)) * 1e9);
        }

        private static double Attention(in PhaseShape phase) =>
            phase.Sequences == 0 ? 0 : Norm(phase.Pairs * 4.0 * 4096 * 32 / 150e12, phase.ContextTokens * 524_288.0 / 1.7e12);

        private static double Norm(double a, double b) => Math.Sqrt(a * a + b * b);
    }

    private sealed class Listed(List<Request> requests) : IRequestSource
    {
        private int _next;

        public long? Count => requests.Count;

        public Request? Peek() => _next < requests.Count ? requests[_next] : null;

        public Request Take() => requests[_next++];

        public void Completed(Request request, long nanoseconds)
        {
        }
    }

    /// <summary>Requests with the lengths of the Azure conversation trace; all at once at an infinite rate.</summary>
    private sealed class Poisson(long count, double rate) : IRequestSource
    {
        private readonly RandomStream _chance = new(5);
        private readonly JointLengths _lengths = new(NamedLengths.Find("azure-conversation")!, new RandomStream(6));
        private long _made;
        private double _seconds;
        private Request? _next;

        public long? Count => count;

        public Request? Peek()
        {
            if (_next is not null || _made == count) return _next;
            if (double.IsFinite(rate)) _seconds += _chance.NextExponential(rate);
            _lengths.Next(0, out var prompt, out var output);
            return _next = new Request
            {
                Id = _made++,
                ArrivalNanoseconds = (long)(_seconds * 1e9),
                PromptTokens = prompt,
                OutputTokens = output,
            };
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
