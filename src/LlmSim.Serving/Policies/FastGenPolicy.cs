using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// DeepSpeed-FastGen's dynamic SplitFuse (Holmes et al., 2024). Token generation goes first; a decode that finds no block sits out. Then
/// prompts fill the ragged batch to exactly its budget, split where needed, each only if all the rest of it fits the free blocks. If
/// nothing can be scheduled, the last holder of blocks loses them and queues at the back as a longer prompt.
/// </summary>
internal sealed class FastGenPolicy(EngineConfiguration configuration) : IBatchingPolicy
{
    private readonly List<Sequence> _others = [];

    /// <summary>How people see it. Defaults: DeepSpeed's RaggedInferenceEngineConfig (ragged batch 768 tokens, 512 sequences) and its block of 64 tokens for head size 128.</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "fastgen",
        Engine = "DeepSpeed-FastGen (MII)",
        Summary = "Dynamic SplitFuse: decodes first, prompts split so that every iteration has exactly the token budget.",
        Defaults = new EngineSettings { Policy = "fastgen", MaxBatchTokens = 768, MaxSequences = 512, BlockTokens = 64, QueueOrder = "fcfs" },
        Flags = new Dictionary<string, string>
        {
            ["max-ragged-batch-size"] = "maxBatchTokens",
            ["max-ragged-sequence-count"] = "maxSequences",
            ["kv-block-size"] = "blockTokens",
            ["max-context"] = "maxLength",
        },
        Create = configuration => new FastGenPolicy(configuration),
    };

    public bool Paged => true;

    public bool CanEverHold(Engine engine, Sequence sequence) =>
        engine.Kv.Most(sequence) <= engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        while (true)
        {
            var left = configuration.MaxBatchTokens - GiveDecodes(engine);
            engine.CollectPrompts(_others);
            var blocked = false;
            foreach (var sequence in _others)
            {
                if (IsParked(sequence) || left == 0 || blocked) continue;
                // All the rest of the prompt has to fit, though only a chunk is taken.
                blocked = !Fits(engine, sequence);
                if (blocked) continue;
                var tokens = Math.Min(left, sequence.Reached - sequence.Computed);
                engine.Kv.TryExtend(sequence, tokens);
                engine.Batch.Add(sequence, tokens);
                left -= tokens;
            }

            while (!blocked && left > 0 && engine.Waiting.First is { } sequence && engine.HasSeat(sequence) && Fits(engine, sequence))
            {
                var tokens = Math.Min(left, sequence.Reached);
                engine.Kv.TryExtend(sequence, tokens);
                engine.Admit(sequence, tokens);
                left -= tokens;
            }

            engine.Batch.Decodes = engine.Decodes.Count > 0;
            if (engine.Batch.Decodes || engine.Batch.Count > 0 || engine.HasLanes || engine.Running.Last is not { } last) break;
            engine.Recompute(last, toBack: true);
        }

        if (engine.Batch.Count == 0 && engine.Decodes.Count + Prompts() == engine.Running.Count) engine.Steady(headroom: 0);
    }

    /// <summary>Gives every decode its token that has room, in order; the tokens given.</summary>
    private int GiveDecodes(Engine engine)
    {
        engine.CollectPrompts(_others);
        var parked = 0;
        foreach (var sequence in _others)
            if (IsParked(sequence)) parked++;
        if (parked == 0 && engine.Decodes.Count <= configuration.MaxBatchTokens && engine.TryGrowDecodes(headroom: 0)) return engine.Decodes.Count;
        var given = 0;
        for (var sequence = engine.Running.First; sequence is not null; sequence = sequence.Next)
        {
            if (sequence.Set is null && !IsParked(sequence)) continue;
            var granted = given < configuration.MaxBatchTokens && (sequence.Set is null ? engine.Kv.TryExtend(sequence, 1) : engine.TryGrow(sequence));
            if (granted)
            {
                given++;
                if (sequence.Set is null) engine.Batch.Add(sequence, 1);
            }
            else if (sequence.Set is not null)
            {
                engine.Decodes.Leave(sequence);
            }
        }

        return given;
    }

    private int Prompts()
    {
        var prompts = 0;
        foreach (var sequence in _others)
            if (!IsParked(sequence)) prompts++;
        return prompts;
    }

    /// <summary>Whether a sequence outside the decode set is one that generates and only found no room.</summary>
    private static bool IsParked(Sequence sequence) => sequence.Set is null && sequence.Generated > 0 && sequence.Computed == sequence.Reached - 1;

    private static bool Fits(Engine engine, Sequence sequence) => engine.Kv.Need(sequence, sequence.Reached - sequence.Computed) <= engine.Kv.Free;
}
