using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>A batching policy as people see it.</summary>
public sealed record PolicyDescription
{
    /// <summary>The name in settings: "vllm-v1".</summary>
    public required string Name { get; init; }

    /// <summary>The engine and version whose rules it follows.</summary>
    public required string Engine { get; init; }

    /// <summary>What it does, in a sentence or two.</summary>
    public required string Summary { get; init; }

    /// <summary>What its engine uses when nothing is said. Null members have no meaning here, or a default that is the same for all.</summary>
    public required EngineSettings Defaults { get; init; }

    /// <summary>The engine's own flags and the member of <see cref="EngineSettings"/> that each sets: "max-num-seqs" → "maxSequences".</summary>
    public required IReadOnlyDictionary<string, string> Flags { get; init; }

    /// <summary>Orders in which it can consider waiting requests; the first is not necessarily its default.</summary>
    public IReadOnlyList<QueueOrder> QueueOrders { get; init; } = Queues.QueueOrders.Common;

    /// <summary>Whether its prefix cache is a tree of whole prefix blocks rather than a table of KV blocks.</summary>
    internal bool PrefixTree { get; init; }

    /// <summary>Whether the seats are shared out evenly among the batches that a pipeline has in flight; else one of them may take all.</summary>
    internal bool SharesSeats { get; init; } = true;

    internal Func<EngineConfiguration, IBatchingPolicy> Create { get; init; } = null!;
}
