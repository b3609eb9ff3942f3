using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// ORCA's iteration-level scheduling (Yu et al., OSDI 2022): every iteration takes all running requests and admits in order of arrival;
/// whole prompts share the iteration with decodes. Memory for the maximum length is reserved on admission, so nobody is ever preempted.
/// </summary>
internal sealed class OrcaPolicy(EngineConfiguration configuration) : IBatchingPolicy
{
    /// <summary>How people see it. ORCA was never published, so its maximum batch size has no default; 256 is taken from its successors.</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "orca",
        Engine = "ORCA (OSDI 2022)",
        Summary = "Iteration-level scheduling: requests join and leave between iterations, whole prompts beside decodes, memory for the maximum length reserved.",
        Defaults = new EngineSettings { Policy = "orca", MaxSequences = 256, BlockTokens = 16, QueueOrder = "fcfs" },
        Flags = new Dictionary<string, string> { ["max-batch-size"] = "maxSequences", ["max-length"] = "maxLength" },
        Create = configuration => new OrcaPolicy(configuration),
    };

    public bool Paged => false;

    public bool CanEverHold(Engine engine, Sequence sequence) => Reservation.Blocks(engine, configuration, sequence) <= engine.Kv.Total;

    public void Schedule(Engine engine)
    {
        engine.Batch.Decodes = engine.Decodes.Count > 0;
        Reservation.Admit(engine, configuration);

        if (engine.Batch.Count == 0) engine.Steady(headroom: 0);
    }
}
