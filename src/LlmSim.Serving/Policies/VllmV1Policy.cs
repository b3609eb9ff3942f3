using LlmSim.Serving.Engines;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// vLLM's V1 scheduler. There are no phases: every request has tokens and computed tokens, and an iteration gives it what the token
/// budget allows of the difference. Running requests come first, in order; on a shortage of blocks the newest is preempted. Waiting ones
/// are admitted in order, and only in an iteration without preemption.
/// </summary>
internal sealed class VllmV1Policy(EngineConfiguration configuration) : IBatchingPolicy
{
    private readonly int _longPrefill = configuration.LongPrefillTokens == 0 ? int.MaxValue : configuration.LongPrefillTokens;
    private readonly bool _byPriority = configuration.QueueOrder == QueueOrder.Priority;

    /// <summary>How people see it. Defaults: vLLM 0.19 (EngineArgs, SchedulerConfig) for an online server.</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "vllm-v1",
        Engine = "vLLM 0.19",
        Summary = "Continuous batching with chunked prefill and prefix caching; decodes and prompt chunks share one token budget; preempts the newest by recomputation.",
        Defaults = new EngineSettings
        {
            Policy = "vllm-v1",
            MaxBatchTokens = 2048,
            MaxSequences = 256,
            BlockTokens = 16,
            PrefixCache = true,
            ReserveFullPrompt = true,
            LongPrefillTokens = 0,
            QueueOrder = "fcfs",
        },
        Flags = new Dictionary<string, string>
        {
            ["max-num-batched-tokens"] = "maxBatchTokens",
            ["max-num-seqs"] = "maxSequences",
            ["block-size"] = "blockTokens",
            ["num-gpu-blocks-override"] = "kvBlocks",
            ["enable-prefix-caching"] = "prefixCache",
            ["scheduler-reserve-full-isl"] = "reserveFullPrompt",
            ["long-prefill-token-threshold"] = "longPrefillTokens",
            ["scheduling-policy"] = "queueOrder",
            ["max-model-len"] = "maxLength",
            ["cuda-graph-sizes"] = "capturedBatchSizes",
            ["async-scheduling"] = "asyncScheduling",
        },
        SharesSeats = false,
        Create = configuration => new VllmV1Policy(configuration),
    };

    public bool Paged => true;

    public bool CanEverHold(Engine engine, Sequence sequence) =>
        // The last token's keys and values are never written.
        engine.Kv.Most(sequence) <= engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        var budget = configuration.MaxBatchTokens;
        var preempted = false;
        if (!TryAll(engine, ref budget)) preempted = WalkRunning(engine, ref budget);
        if (!preempted) Admit(engine, ref budget);
        if (!preempted && engine.Batch.Count == 0) engine.Steady(headroom: 0);
    }

    /// <summary>The common case, without touching each decode: the budget and the blocks suffice whatever the order.</summary>
    private bool TryAll(Engine engine, ref int budget)
    {
        var left = budget - engine.Decodes.Count;
        if (left < 0) return false;
        var blocks = engine.Decodes.BlocksNeeded(engine.Decodes.Step);
        var others = engine.Running.Count - engine.Decodes.Count;
        var tail = engine.Running.Last;
        for (var i = 0; i < others; i++, tail = tail.Previous)
            if (tail!.Set is not null) return false; // prompts among the decodes: who comes first matters
        var first = others == 0 ? null : tail is null ? engine.Running.First : tail.Next;
        for (var sequence = first; sequence is not null && left > 0; sequence = sequence.Next)
        {
            var tokens = Wanted(sequence, left);
            blocks += Math.Max(0, engine.Kv.Need(sequence, tokens));
            left -= tokens;
        }

        if (blocks > engine.Kv.Free) return false;
        engine.TryGrowDecodes(headroom: 0);
        engine.Batch.Decodes = engine.Decodes.Count > 0;
        budget -= engine.Decodes.Count;
        for (var sequence = first; sequence is not null && budget > 0; sequence = sequence.Next)
        {
            var tokens = Wanted(sequence, budget);
            engine.Kv.TryExtend(sequence, tokens);
            engine.Batch.Add(sequence, tokens);
            budget -= tokens;
        }

        return true;
    }

    /// <summary>Running requests one by one, in order; whether somebody was preempted.</summary>
    private bool WalkRunning(Engine engine, ref int budget)
    {
        var preempted = false;
        var next = engine.Running.First;
        while (next is not null && budget > 0)
        {
            var sequence = next;
            var tokens = Wanted(sequence, budget);
            while (!TryAllocate(engine, sequence, tokens))
            {
                var victim = _byPriority ? LeastUrgent(engine) : engine.Newest();
                preempted = true;
                if (victim == sequence)
                {
                    next = sequence.Next;
                    engine.Recompute(sequence);
                    Park(engine, next);
                    return true;
                }

                // A victim that had its turn already gives its share of the budget back.
                var scheduled = 0;
                if (victim.Lane == engine.Lane && victim.Order < sequence.Order) scheduled = victim.Set is null ? engine.Batch.TokensOf(victim) : 1;
                budget += scheduled;
                engine.Recompute(victim, scheduled);
            }

            budget -= tokens;
            if (sequence.Set is null) engine.Batch.Add(sequence, tokens);
            next = sequence.Next;
        }

        Park(engine, next);
        return preempted;
    }

    /// <summary>Whoever got no turn, from <paramref name="next"/> on, leaves the decode set until it does.</summary>
    private static void Park(Engine engine, Sequence? next)
    {
        for (; next is not null; next = next.Next) next.Set?.Leave(next);
        engine.Batch.Decodes = engine.Decodes.Count > 0;
    }

    private void Admit(Engine engine, ref int budget)
    {
        while (budget > 0 && engine.Waiting.First is { } sequence && engine.HasSeat(sequence))
        {
            var hit = engine.Kv.Find(sequence, out var rest);
            if (configuration.ReserveFullPrompt && !engine.Kv.Fits(in hit, rest)) break;
            var tokens = Share(rest, budget);
            if (!engine.Kv.TryAdmit(sequence, in hit, tokens)) break;
            engine.Admit(sequence, tokens);
            budget -= tokens;
        }
    }

    private int Wanted(Sequence sequence, int budget) => Share(sequence.Reached - sequence.Computed, budget);

    private int Share(int rest, int budget) => Math.Min(Math.Min(rest, _longPrefill), budget);

    private static bool TryAllocate(Engine engine, Sequence sequence, int tokens) =>
        sequence.Set is null ? engine.Kv.TryExtend(sequence, tokens) : engine.TryGrow(sequence);

    private static Sequence LeastUrgent(Engine engine)
    {
        Sequence? worst = null;
        foreach (var sequence in engine.AllRunning())
        {
            if (worst is null || sequence.Request.Priority > worst.Request.Priority || (sequence.Request.Priority == worst.Request.Priority && LaterThan(sequence, worst)))
                worst = sequence;
        }

        return worst!;

        static bool LaterThan(Sequence a, Sequence b) =>
            a.Request.ArrivalNanoseconds != b.Request.ArrivalNanoseconds ? a.Request.ArrivalNanoseconds > b.Request.ArrivalNanoseconds : a.Order > b.Order;
    }
}
