using LlmSim.Serving.Engines;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// SGLang's scheduler. Prompts go before decodes, in iterations of their own and in chunks; the prefix cache is a tree, and the waiting
/// request with the longest cached prefix goes first. A request is admitted if its prompt and its expected output fit beside a share of
/// what the running ones may still produce; that share decays while decodes go well and is set anew when requests have to be retracted.
/// </summary>
internal sealed class SglangPolicy : IBatchingPolicy
{
    // SGLang: RETRACT_DECODE_STEPS, the decodes that retraction makes room for.
    private const int RetractDecodeSteps = 20;

    private readonly EngineConfiguration _configuration;
    private readonly PrefixOrder _order;
    private readonly double _decayPerStep;
    private double _ratio;
    private long _ratioStep;
    private bool _full;
    private Sequence? _chunked;

    private SglangPolicy(EngineConfiguration configuration)
    {
        _configuration = configuration;
        _order = new PrefixOrder(configuration.QueueOrder);
        _ratio = configuration.NewTokenRatio;
        _decayPerStep = (configuration.NewTokenRatio - configuration.MinNewTokenRatio) / configuration.NewTokenRatioDecaySteps;
    }

    /// <summary>
    /// How people see it. Defaults: SGLang's ServerArgs and environment (chunked_prefill_size 8192, max_prefill_tokens 16384,
    /// SGLANG_INIT_NEW_TOKEN_RATIO 0.7, minimum 0.14 of it, 600 steps, SGLANG_CLIP_MAX_NEW_TOKENS_ESTIMATION 4096, schedule_policy fcfs or lpm by version).
    /// </summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "sglang",
        Engine = "SGLang 0.4",
        Summary = "Prompts before decodes, in chunks; a prefix tree, longest cached prefix first; admission by expected output; retracts on shortage.",
        Defaults = new EngineSettings
        {
            Policy = "sglang",
            MaxBatchTokens = 8192,
            MaxPrefillTokens = 16384,
            MaxSequences = 2048,
            BlockTokens = 1,
            PrefixCache = true,
            QueueOrder = "lpm",
            EstimatedNewTokens = 4096,
            NewTokenRatio = 0.7,
            MinNewTokenRatio = 0.098,
            NewTokenRatioDecaySteps = 600,
        },
        Flags = new Dictionary<string, string>
        {
            ["max-total-tokens"] = "kvBlocks",
            ["chunked-prefill-size"] = "maxBatchTokens",
            ["max-prefill-tokens"] = "maxPrefillTokens",
            ["max-running-requests"] = "maxSequences",
            ["page-size"] = "blockTokens",
            ["schedule-policy"] = "queueOrder",
            ["context-length"] = "maxLength",
            ["cuda-graph-bs"] = "capturedBatchSizes",
        },
        QueueOrders = [QueueOrder.Fcfs, QueueOrder.LongestPrefixMatch, QueueOrder.DfsWeight, QueueOrder.LongestOutput],
        PrefixTree = true,
        Create = configuration => new SglangPolicy(configuration),
    };

    public bool Paged => true;

    // Admission wants strictly more room than prompt and expected output.
    public bool CanEverHold(Engine engine, Sequence sequence) =>
        engine.Kv.Most(sequence, unwritten: 0) < engine.Kv.Total;

    // Retraction frees what was generated; the prompt stays in the tree while nobody needs the room.
    public int KeptTokens(Sequence victim, int scheduledTokens) => Math.Min(victim.Request.PromptTokens, victim.Computed + scheduledTokens);

    public void Finished(Engine engine, Sequence sequence)
    {
        engine.Kv.NameFull(sequence, sequence.Computed);
        engine.Leave(sequence);
        _full = false;
    }

    public void Schedule(Engine engine)
    {
        if (_chunked?.List != engine.Running) _chunked = null; // it gave way to another batch
        if (engine.Running.Count == 0)
        {
            _full = false;
            if (engine.Waiting.Count == 0) SetRatio(engine, _configuration.NewTokenRatio); // an idle server starts anew
        }

        if (Prefill(engine)) return;
        if (!engine.TryGrowDecodes(headroom: 0)) Retract(engine);
        engine.Batch.Decodes = engine.Decodes.Count > 0;
        if (!_retracted) engine.Steady(headroom: 0);
        _retracted = false;
    }

    private bool _retracted;

    private bool Prefill(Engine engine)
    {
        if (_chunked is null && (_full || engine.Waiting.Count == 0)) return false;
        var prefillLeft = _configuration.MaxPrefillTokens;
        var chunkLeft = _configuration.MaxBatchTokens;
        var reserved = Reserved(engine);
        if (_chunked is { } unfinished)
        {
            var tokens = Math.Min(unfinished.Reached - unfinished.Computed, chunkLeft);
            if (!engine.Kv.TryExtend(unfinished, tokens)) return false; // its decodes free room first
            engine.Batch.Add(unfinished, tokens);
            if (unfinished.Computed + tokens == unfinished.Reached)
            {
                _chunked = null;
                reserved += Expected(unfinished);
            }

            prefillLeft -= tokens;
            chunkLeft -= tokens;
        }

        _order.Begin(engine);
        while (prefillLeft > 0 && chunkLeft > 0 && _chunked is null && _order.Next(engine) is { } sequence)
        {
            if (!engine.HasSeat(sequence))
            {
                _full = true;
                break;
            }

            var hit = engine.Kv.Find(sequence, out var rest);
            if (rest + Expected(sequence) >= (engine.Kv.Free - hit.Unreferenced) * engine.Kv.BlockTokens - reserved)
            {
                _full = true;
                break;
            }

            if (rest >= prefillLeft && engine.Batch.Count > 0) break;
            var tokens = Math.Min(rest, chunkLeft);
            if (!engine.Kv.TryAdmit(sequence, in hit, tokens)) break;
            engine.Admit(sequence, tokens);
            if (tokens < rest) _chunked = sequence;
            else reserved += Expected(sequence);
            prefillLeft -= tokens;
            chunkLeft -= tokens;
        }

        return engine.Batch.Count > 0;
    }

    /// <summary>Output that a request may still produce, as the engine counts it: its limit (here the output itself), clipped.</summary>
    private double Expected(Sequence sequence)
    {
        double expected = Math.Min(sequence.OutputTokens - sequence.Generated, _configuration.EstimatedNewTokens);
        foreach (var output in sequence.MoreOutputs) expected += Math.Min(output, _configuration.EstimatedNewTokens);
        return expected;
    }

    /// <summary>The share of the running requests' expected output that is kept free.</summary>
    private double Reserved(Engine engine)
    {
        var expected = 0.0;
        for (var sequence = engine.Running.First; sequence is not null; sequence = sequence.Next)
            if (sequence != _chunked) expected += Expected(sequence);
        return expected * Math.Max(_configuration.MinNewTokenRatio, _ratio - _decayPerStep * (engine.Decodes.Step - _ratioStep));
    }

    private void SetRatio(Engine engine, double ratio)
    {
        _ratio = ratio;
        _ratioStep = engine.Decodes.Step;
    }

    /// <summary>Sends requests with the least output back until the others have room for a while.</summary>
    private void Retract(Engine engine)
    {
        var first = true;
        while (engine.Decodes.Count > 1 && (first || engine.Kv.Free * engine.Kv.BlockTokens < (long)engine.Decodes.Count * RetractDecodeSteps))
        {
            first = false;
            Sequence? victim = null;
            for (var sequence = engine.Running.First; sequence is not null; sequence = sequence.Next)
                if (sequence.Set is not null && (victim is null || LessWork(sequence, victim))) victim = sequence;
            engine.Recompute(victim!, toBack: true);
        }

        if (!engine.TryGrowDecodes(headroom: 0))
        {
            // One decode left, and an unfinished prompt holds the rest: the prompt gives way.
            if (_chunked is { } prompt)
            {
                _chunked = null;
                engine.Recompute(prompt, toBack: true);
            }

            // Batches in flight may hold what is missing; then this one waits for them.
            if (!engine.TryGrowDecodes(headroom: 0) && engine.Running.Last is { } last) engine.Recompute(last, toBack: true);
        }

        var (generated, limits, count) = (0L, 1L, 0);
        for (var sequence = engine.Running.First; sequence is not null; sequence = sequence.Next, count++)
        {
            generated += sequence.Generated;
            limits += sequence.OutputTokens;
        }

        SetRatio(engine, Math.Min(1, (generated + (double)RetractDecodeSteps * count) / limits));
        _full = false;
        _retracted = true;
    }

    private static bool LessWork(Sequence a, Sequence b) =>
        a.Generated != b.Generated ? a.Generated < b.Generated : a.Request.PromptTokens >= b.Request.PromptTokens;
}
