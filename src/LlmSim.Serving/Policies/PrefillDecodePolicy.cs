using LlmSim.Serving.Engines;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>
/// Prefill and decode on machines of their own (Splitwise, Patel et al., ISCA 2024; DistServe, Zhong et al., OSDI 2024). A prefill
/// replica batches prompts up to a token budget and hands each finished one over with its keys and values; a decode replica only decodes,
/// except that what it had to preempt is prefilled again where it is. A mixed replica does both: prompts preempt the decodes, but only so
/// many times in a row, then they share an iteration.
/// </summary>
internal sealed class PrefillDecodePolicy(EngineConfiguration configuration) : IBatchingPolicy
{
    private int _stalls;

    /// <summary>How people see it. Defaults: splitwise-sim (2,048 batch tokens, at most 4 preemptions).</summary>
    public static PolicyDescription Description { get; } = new()
    {
        Name = "prefill-decode",
        Engine = "Splitwise, DistServe",
        Summary = "Pools of prefill and decode replicas; keys and values move over a link between them, layer by layer if wished; a mixed pool does both.",
        Defaults = new EngineSettings
        {
            Policy = "prefill-decode",
            Role = "mixed",
            MaxBatchTokens = 2048,
            MaxSequences = 256,
            BlockTokens = 16,
            Watermark = 0.01,
            MaxPreemptions = 4,
            QueueOrder = "fcfs",
        },
        Flags = new Dictionary<string, string>
        {
            ["max-batch-tokens"] = "maxBatchTokens",
            ["max-batch-size"] = "maxSequences",
            ["max-preemptions"] = "maxPreemptions",
        },
        Create = configuration => new PrefillDecodePolicy(configuration),
    };

    public bool Paged => true;

    public bool RunsByArrival => configuration.QueueOrder == QueueOrder.Fcfs;

    public bool CanEverHold(Engine engine, Sequence sequence)
    {
        var blocks = configuration.Role == ReplicaRole.Prefill ? engine.Kv.BlocksOf(sequence.Request.PromptTokens) : engine.Kv.Most(sequence);
        return blocks + 1 + configuration.WatermarkBlocks <= engine.Kv.Total;
    }

    public void PromptCompleted(Engine engine, Sequence sequence)
    {
        if (configuration.Role == ReplicaRole.Prefill) engine.HandOver(sequence);
        else engine.Decode(sequence);
    }

    public void Schedule(Engine engine)
    {
        var arrived = engine.Inbox.Join();
        var together = configuration.Role != ReplicaRole.Mixed || _stalls >= configuration.MaxPreemptions || engine.Decodes.Count == 0;
        var preempted = together && DecodePressure.Grow(engine);
        if (!preempted) AdmitPrompts(engine, configuration.MaxBatchTokens - (together ? engine.Decodes.Count : 0));
        if (!together && engine.Batch.Count > 0)
        {
            _stalls++;
            return;
        }

        if (!together) preempted = DecodePressure.Grow(engine);
        _stalls = 0;
        engine.Batch.Decodes = engine.Decodes.Count > 0;
        if (!preempted && !arrived && engine.Batch.Count == 0) engine.Steady(headroom: 1);
    }

    private void AdmitPrompts(Engine engine, int left)
    {
        while (engine.Waiting.First is { } sequence && engine.HasSeat(sequence) && engine.SeatsTaken + engine.Inbox.Expected + sequence.Seats <= configuration.MaxSequences)
        {
            var hit = engine.Kv.Find(sequence, out var tokens);
            // A prompt beyond the whole budget runs alone, so that it does not block the queue for ever.
            if (tokens > left && engine.Batch.Count > 0) break;
            if (!WholePrompts.TryAdmit(engine, configuration, sequence, in hit, tokens)) break;
            left -= tokens;
        }
    }
}
