namespace LlmSim.Serving.Queues;

/// <summary>In which order waiting requests are considered.</summary>
public enum QueueOrder
{
    /// <summary>First come, first served; preempted requests go to the front.</summary>
    Fcfs,

    /// <summary>By the request's priority (smaller first), then arrival.</summary>
    Priority,

    /// <summary>Shortest predicted output first.</summary>
    ShortestJob,

    /// <summary>Shortest predicted output first, where waiting makes a request seem shorter.</summary>
    Aging,

    /// <summary>Longest cached prefix first (SGLang).</summary>
    LongestPrefixMatch,

    /// <summary>Subtrees of the prefix tree with the most waiting requests first (SGLang).</summary>
    DfsWeight,

    /// <summary>Longest output first (SGLang).</summary>
    LongestOutput,
}

/// <summary>Names of the orders as users write them.</summary>
public static class QueueOrders
{
    private static readonly string[] _names = ["fcfs", "priority", "shortest-job", "aging", "lpm", "dfs-weight", "longest-output"];

    /// <summary>Orders that every policy with a plain queue offers.</summary>
    public static IReadOnlyList<QueueOrder> Common { get; } = [QueueOrder.Fcfs, QueueOrder.Priority, QueueOrder.ShortestJob, QueueOrder.Aging];

    /// <summary>The name that settings use.</summary>
    public static string Name(QueueOrder order) => _names[(int)order];
}
