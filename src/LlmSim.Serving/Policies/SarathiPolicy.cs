using LlmSim.Serving.Engines;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// SARATHI-Serve's stall-free batching (Agrawal et al., OSDI 2024): every iteration takes all decodes, then fills the chunk budget with
/// unfinished prompts, then with new ones. Blocks for a whole prompt are taken when it is admitted.
/// </summary>
internal sealed class SarathiPolicy(EngineConfiguration configuration) : IBatchingPolicy
{
    private readonly List<Sequence> _prompts = [];

    /// <summary>How people see it. Defaults: chunk 512 as the paper recommends for tight latencies; 128 sequences as in Vidur.</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "sarathi",
        Engine = "SARATHI-Serve",
        Summary = "Stall-free batching: all decodes in every iteration, the rest of the chunk budget filled with prompt chunks.",
        Defaults = new EngineSettings
        {
            Policy = "sarathi",
            MaxBatchTokens = 512,
            MaxSequences = 128,
            BlockTokens = 16,
            Watermark = 0.01,
            QueueOrder = "fcfs",
        },
        Flags = new Dictionary<string, string>
        {
            ["chunk-size"] = "maxBatchTokens",
            ["max-num-seqs"] = "maxSequences",
            ["block-size"] = "blockTokens",
            ["watermark-blocks-fraction"] = "watermark",
        },
        Create = configuration => new SarathiPolicy(configuration),
    };

    public bool Paged => true;

    public bool RunsByArrival => configuration.QueueOrder == QueueOrder.Fcfs;

    public bool CanEverHold(Engine engine, Sequence sequence) =>
        engine.Kv.Most(sequence) + 1 + configuration.WatermarkBlocks <= engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        var preempted = DecodePressure.Grow(engine);
        engine.Batch.Decodes = engine.Decodes.Count > 0;
        var left = configuration.MaxBatchTokens - engine.Decodes.Count;
        engine.CollectPrompts(_prompts);
        foreach (var sequence in _prompts)
        {
            if (left <= 0) break;
            var tokens = Math.Min(left, sequence.Reached - sequence.Computed);
            engine.Batch.Add(sequence, tokens);
            left -= tokens;
        }

        while (left > 0 && engine.Waiting.First is { } sequence && engine.HasSeat(sequence))
        {
            if (!engine.Kv.Fits(default, sequence.Reached + configuration.WatermarkBlocks * engine.Kv.BlockTokens)) break;
            engine.Kv.TryReserve(sequence, engine.Kv.BlocksOf(sequence.Reached));
            var tokens = Math.Min(left, sequence.Reached);
            engine.Admit(sequence, tokens);
            left -= tokens;
        }

        if (!preempted && engine.Batch.Count == 0) engine.Steady(headroom: 1);
    }
}
