using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// Request-level batching, as FasterTransformer has it: a batch runs alone until all its requests are finished. The maximum length is
/// reserved for each, and everything is freed when the batch ends; the slot of a finished request stays idle until then.
/// </summary>
internal sealed class StaticPolicy(EngineConfiguration configuration) : IBatchingPolicy
{
    private long _heldBlocks;

    /// <summary>How people see it. The batch size is the user's choice in such engines; 8 is ours.</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "static",
        Engine = "FasterTransformer",
        Summary = "A batch runs alone until all its requests are finished; the maximum length is reserved for each.",
        Defaults = new EngineSettings { Policy = "static", MaxSequences = 8, BlockTokens = 16, QueueOrder = "fcfs" },
        Flags = new Dictionary<string, string> { ["max-batch-size"] = "maxSequences", ["max-seq-len"] = "maxLength" },
        Create = configuration => new StaticPolicy(configuration),
    };

    public bool Paged => false;

    public bool CanEverHold(Engine engine, Sequence sequence) => Reservation.Blocks(engine, configuration, sequence) <= engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        if (engine.Running.Count > 0)
        {
            engine.Batch.Decodes = true;
            engine.Steady(headroom: 0);
            return;
        }

        Reservation.Admit(engine, configuration);
    }

    public void Finished(Engine engine, Sequence sequence)
    {
        _heldBlocks += sequence.Blocks;
        sequence.Blocks = 0;
        engine.Leave(sequence);
        if (engine.Running.Count > 0) return;
        engine.Kv.Return(_heldBlocks);
        _heldBlocks = 0;
    }
}
