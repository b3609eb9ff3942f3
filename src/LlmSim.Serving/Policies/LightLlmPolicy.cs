using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// LightLLM's router. Keys and values are allocated by the token. A request is admitted if, with the requests sorted by descending
/// remaining length, the largest of (remaining_i · i + Σ_{j≤i} used_j) stays below the token capacity: that is the most that will ever be
/// used if all produce what is estimated. Prompts run in iterations of their own, tried after every few decodes.
/// </summary>
internal sealed class LightLlmPolicy(EngineConfiguration configuration) : IBatchingPolicy
{
    private readonly List<(long Left, long Used)> _estimates = [];
    private long _lastAttempt;

    /// <summary>
    /// How people see it. Defaults: LightLLM's API server (running_max_req_size 1000, router_max_wait_tokens 6,
    /// router_max_new_token_len 1024, router_token_ratio 0, which counts every moment as busy).
    /// </summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "lightllm",
        Engine = "LightLLM",
        Summary = "Token-granular KV cache; admission by the estimated peak of all running requests; prompts in iterations of their own after every few decodes.",
        Defaults = new EngineSettings
        {
            Policy = "lightllm",
            MaxSequences = 1000,
            BlockTokens = 1,
            DecodesBetweenPrefills = 6,
            EstimatedNewTokens = 1024,
            BusyShare = 0,
            QueueOrder = "fcfs",
        },
        Flags = new Dictionary<string, string>
        {
            ["max-total-token-num"] = "kvBlocks",
            ["batch-max-tokens"] = "maxBatchTokens",
            ["running-max-req-size"] = "maxSequences",
            ["router-max-wait-tokens"] = "decodesBetweenPrefills",
            ["router-max-new-token-len"] = "estimatedNewTokens",
            ["router-token-ratio"] = "busyShare",
            ["max-req-total-len"] = "maxLength",
        },
        Create = configuration => new LightLlmPolicy(configuration),
    };

    public bool Paged => true;

    // The admission rule wants strictly less than the capacity.
    public bool CanEverHold(Engine engine, Sequence sequence) => engine.Kv.Most(sequence, unwritten: 0) < engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        var every = configuration.DecodesBetweenPrefills;
        var since = engine.Decodes.Step - _lastAttempt;
        if (engine.Running.Count == 0 || (since > 0 && since % every == 0))
        {
            _lastAttempt = engine.Decodes.Step;
            since = 0;
            if (Admit(engine)) return;
        }

        if (engine.TryGrowDecodes(headroom: 0))
        {
            engine.Batch.Decodes = engine.Decodes.Count > 0;
            // While nobody waits, attempts change nothing and an arrival is looked at when the next one is due.
            engine.Steady(headroom: 0, engine.Waiting.Count == 0 ? long.MaxValue : every - since % every - 1);
            return;
        }

        MakeRoom(engine);
        engine.Batch.Decodes = engine.Decodes.Count > 0;
    }

    private bool Admit(Engine engine)
    {
        if (engine.Waiting.First is null) return false;
        var busy = engine.Kv.Used >= configuration.BusyShare * engine.Kv.Total;
        _estimates.Clear();
        for (var running = engine.Running.First; running is not null; running = running.Next)
        {
            _estimates.Add((Left(running, busy), running.Computed));
            foreach (var output in running.MoreOutputs) _estimates.Add((Left(output, 0, busy), 0));
        }

        _estimates.Sort(LongestFirst);
        var tokens = 0L;
        while (engine.Waiting.First is { } sequence && engine.HasSeat(sequence))
        {
            // A prompt beyond the whole budget runs alone, so that it does not block the queue for ever.
            if (tokens > 0 && tokens + sequence.Reached > configuration.MaxBatchTokens) break;
            Insert((Left(sequence, busy), sequence.Reached));
            foreach (var output in sequence.MoreOutputs) Insert((Left(output, 0, busy), 0));
            if (Peak() >= engine.Kv.Total || !engine.Kv.TryExtend(sequence, sequence.Reached)) break;
            engine.Admit(sequence, sequence.Reached);
            tokens += sequence.Reached;
        }

        return engine.Batch.Count > 0;
    }

    private static readonly IComparer<(long Left, long Used)> _longestFirst = Comparer<(long Left, long Used)>.Create(LongestFirst);

    private static int LongestFirst((long Left, long Used) a, (long Left, long Used) b) =>
        a.Left != b.Left ? b.Left.CompareTo(a.Left) : b.Used.CompareTo(a.Used);

    /// <summary>Output tokens that a request is thought to produce yet. The engine knows the limit that the client asked for; here that is the output itself.</summary>
    private long Left(Sequence sequence, bool busy) => Left(sequence.OutputTokens, sequence.Generated, busy);

    private long Left(int output, int generated, bool busy)
    {
        var most = busy ? output : Math.Min(output, Math.Max((long)(1.1 * generated), configuration.EstimatedNewTokens));
        return Math.Max(0, most - generated);
    }

    private void Insert((long Left, long Used) estimate)
    {
        var at = _estimates.BinarySearch(estimate, _longestFirst);
        _estimates.Insert(at < 0 ? ~at : at, estimate);
    }

    private long Peak()
    {
        var peak = 0L;
        var used = 0L;
        for (var i = 0; i < _estimates.Count; i++)
        {
            used += _estimates[i].Used;
            peak = Math.Max(peak, _estimates[i].Left * (i + 1) + used);
        }

        return peak;
    }

    /// <summary>Where estimates were too low: the newest give their tokens back until the others can go on.</summary>
    private static void MakeRoom(Engine engine)
    {
        while (!engine.TryGrowDecodes(headroom: 0) && engine.Running.Count > 0) engine.Recompute(engine.Newest());
    }
}
