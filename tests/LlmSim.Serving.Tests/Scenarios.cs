using FsCheck;
using FsCheck.Fluent;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests;

/// <summary>A policy with its settings, and requests for it.</summary>
internal sealed record Scenario(EngineSettings Settings, IReadOnlyList<Request> Requests)
{
    public override string ToString() => $"{Settings}{Environment.NewLine}{string.Join(Environment.NewLine, Requests.Select(r => $"#{r.Id} at {r.ArrivalNanoseconds}: {r.PromptTokens} + {r.OutputTokens}, priority {r.Priority}, more [{string.Join(' ', r.MoreOutputTokens.ToArray())}], prefix [{string.Join(' ', r.PrefixBlocks.ToArray())}] of {r.PrefixBlockTokens}"))}";
}

/// <summary>Random scenarios in which memory, seats and budgets are scarce, so that everything that can happen does.</summary>
internal static class Scenarios
{
    /// <summary>Runs a check on so many scenarios, the same ones for the same seed; it is told the number of the run.</summary>
    public static void ForAll(Gen<Scenario> scenarios, int count, ulong seed, Action<Scenario, int> check)
    {
        var run = 0;
        Prop.ForAll(scenarios.ToArbitrary(), scenario => check(scenario, run++)).Check(Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(seed, 2 * seed + 1));
    }

    public static Gen<Scenario> Any(string policy) =>
        from seed in Gen.Choose(0, int.MaxValue - 1)
        from count in Gen.Choose(1, 40)
        from spread in Gen.Elements(1L, 2_000_000L, 30_000_000L, 300_000_000L)
        from blockTokens in Gen.Elements(1, 4, 16)
        from blocks in Gen.Elements(30, 60, 120, 400, 2000)
        select Build(policy, seed, count, spread, blockTokens, blocks);

    /// <summary>The same, with several outputs of many prompts.</summary>
    public static Gen<Scenario> Sampling(string policy) =>
        from scenario in Any(policy)
        from seed in Gen.Choose(0, int.MaxValue - 1)
        select Sample(scenario, new Kernel.Chance.RandomStream((ulong)seed));

    private static Scenario Sample(Scenario scenario, Kernel.Chance.RandomStream chance) => scenario with
    {
        Requests = [.. scenario.Requests.Select(request => chance.NextInt(2) == 0 ? request : request with
        {
            MoreOutputTokens = Enumerable.Range(0, 1 + chance.NextInt(4)).Select(_ => 1 + chance.NextInt(request.OutputTokens)).ToArray(),
        })],
    };

    private static Scenario Build(string policy, int seed, int count, long spread, int blockTokens, int blocks)
    {
        var chance = new Kernel.Chance.RandomStream((ulong)seed);
        var tokenGranular = policy is "lightllm" or "sglang";
        if (tokenGranular) blockTokens = 1;
        var kvBlocks = tokenGranular ? 16 * blocks : blocks;
        var prefixTokens = chance.NextInt(2) == 0 ? 16 : 12;
        var shares = policy is "vllm-v1" or "vllm-v0" && chance.NextInt(2) == 0;
        var arrival = 0L;
        var requests = new List<Request>();
        for (var i = 0; i < count; i++)
        {
            arrival += chance.NextInt(4) == 0 ? 0 : chance.NextLong(spread);
            var prompt = 1 + chance.NextInt(chance.NextInt(5) == 0 ? 600 : 90);
            var output = 1 + chance.NextInt(chance.NextInt(5) == 0 ? 300 : 60);
            // Ids are chained: families of prompts that part ways at some depth, some of them naming generated tokens as well.
            var named = shares && chance.NextInt(4) > 0 ? (prompt + (chance.NextInt(2) == 0 ? output : 0) + (chance.NextInt(2) == 0 ? prefixTokens - 1 : 0)) / prefixTokens : 0;
            var family = chance.NextInt(3);
            var parting = chance.NextInt(12);
            requests.Add(new Request
            {
                Id = i,
                ArrivalNanoseconds = arrival,
                PromptTokens = prompt,
                OutputTokens = output,
                Priority = chance.NextInt(3),
                PrefixBlocks = Enumerable.Range(0, named).Select(k => k < parting ? 1000L * family + k : 1_000_000L * (i + 1) + k).ToArray(),
                PrefixBlockTokens = named > 0 ? prefixTokens : 0,
            });
        }

        var settings = new EngineSettings
        {
            Policy = policy,
            KvBlocks = kvBlocks,
            BlockTokens = blockTokens,
            MaxSequences = new[] { 1, 3, 8, 64 }[chance.NextInt(4)],
            MaxBatchTokens = new[] { 16, 64, 300, 2048 }[chance.NextInt(4)],
            MaxLength = new[] { 64, 200, 700 }[chance.NextInt(3)],
            Watermark = policy is "vllm-v0" or "sarathi" ? new[] { 0, 0.01, 0.1 }[chance.NextInt(3)] : null,
            LongPrefillTokens = policy == "vllm-v1" ? new[] { 0, 0, 20 }[chance.NextInt(3)] : null,
            PrefixCache = policy is "vllm-v1" or "vllm-v0" ? chance.NextInt(3) > 0 : null,
            ReserveFullPrompt = chance.NextInt(2) == 0,
            PaddedBudget = chance.NextInt(4) == 0,
            QueueOrder = policy == "sglang" ? "fcfs" : new[] { "fcfs", "fcfs", "priority", "shortest-job", "aging" }[chance.NextInt(5)],
            Preemption = policy == "vllm-v0" && chance.NextInt(2) == 0 ? "swap" : null,
            SwapBlocks = chance.NextInt(2) == 0 ? 20 : 10_000,
            KvBytesPerToken = 100_000,
            HostLinkBytesPerSecond = 20e9,
            HostNanoseconds = chance.NextInt(2) * 200_000,
            HostNanosecondsPerSequence = chance.NextInt(2) * 5_000,
            AsyncScheduling = chance.NextInt(2) == 0,
            DecodesBetweenPrefills = 1 + chance.NextInt(8),
            EstimatedNewTokens = new[] { 5, 30, 1024 }[chance.NextInt(3)],
            BusyShare = new[] { 0, 0.5, 2 }[chance.NextInt(3)],
            NewTokenRatio = 0.7,
            MinNewTokenRatio = 0.1,
            NewTokenRatioDecaySteps = 50,
            MaxPrefillTokens = new[] { 100, 1000 }[chance.NextInt(2)],
        };
        if (chance.NextInt(4) == 0) settings = settings with { SlidingWindow = new[] { 1, 7, 16, 40 }[chance.NextInt(4)], PrefixCache = false };
        return new Scenario(settings, requests);
    }
}
