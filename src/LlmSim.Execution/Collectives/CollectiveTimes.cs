using System.Numerics;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Collectives;

/// <summary>
/// Time of a collective by the α-β model: every step costs one message latency and its bytes over the bandwidth of one device. With S bytes of
/// the whole tensor and n devices:
/// <list type="table">
/// <item><term>ring all-reduce</term><description>2(n − 1) steps of S/n</description></item>
/// <item><term>tree all-reduce</term><description>2⌈log₂ n⌉ latencies, 2S (up and down, pipelined in chunks)</description></item>
/// <item><term>one-shot all-reduce</term><description>1 step of (n − 1)·S</description></item>
/// <item><term>ring all-gather</term><description>n − 1 steps of S/n</description></item>
/// <item><term>one-shot all-gather</term><description>1 step of (n − 1)·S/n</description></item>
/// <item><term>all-to-all</term><description>1 step of (n − 1)·S/n, where S is what one device sends and keeps</description></item>
/// <item><term>send</term><description>1 step of S</description></item>
/// </list>
/// Groups that span nodes reduce within the node, between nodes (each device its part), and gather within the node.
/// </summary>
/// <remarks>Source of the step counts: Thakur, Rabenseifner and Gropp, “Optimization of collective communication operations in MPICH”, 2005.</remarks>
public static class CollectiveTimes
{
    /// <summary>Time in seconds.</summary>
    /// <param name="kind">The pattern.</param>
    /// <param name="bytes">S, bytes of the whole tensor.</param>
    /// <param name="ranks">n, devices.</param>
    /// <param name="topology">What they talk over.</param>
    /// <param name="algorithm">How it is carried out.</param>
    public static double Seconds(
        CollectiveKind kind, double bytes, int ranks, in Topology topology, CollectiveAlgorithm algorithm = CollectiveAlgorithm.Auto)
    {
        if (ranks <= 1 || bytes <= 0) return 0;
        if (ranks <= topology.DevicesPerNode) return OneLevel(kind, bytes, ranks, topology.LatencySeconds, topology.BandwidthBytesPerSecond, algorithm);
        return Hierarchical(kind, bytes, ranks, topology, algorithm);
    }

    private static double Hierarchical(CollectiveKind kind, double bytes, int ranks, in Topology topology, CollectiveAlgorithm algorithm)
    {
        var perNode = topology.DevicesPerNode;
        var nodes = (ranks + perNode - 1) / perNode;
        double Inner(CollectiveKind k, double b, in Topology t) => OneLevel(k, b, perNode, t.LatencySeconds, t.BandwidthBytesPerSecond, algorithm);
        double Outer(CollectiveKind k, double b, in Topology t) => OneLevel(k, b, nodes, t.NetworkLatencySeconds, t.NetworkBytesPerSecond, algorithm);
        return kind switch
        {
            // Reduce-scatter takes what an all-gather takes.
            CollectiveKind.AllReduce => 2 * Inner(CollectiveKind.AllGather, bytes, topology) + Outer(CollectiveKind.AllReduce, bytes / perNode, topology),
            CollectiveKind.AllGather => Outer(CollectiveKind.AllGather, bytes / perNode, topology) + Inner(CollectiveKind.AllGather, bytes, topology),
            // Both parts leave at once over different links.
            CollectiveKind.AllToAll => Math.Max(
                topology.LatencySeconds + (perNode - 1.0) / ranks * bytes / topology.BandwidthBytesPerSecond,
                topology.NetworkLatencySeconds + (double)(ranks - perNode) / ranks * bytes / topology.NetworkBytesPerSecond),
            _ => topology.NetworkLatencySeconds + bytes / topology.NetworkBytesPerSecond,
        };
    }

    private static double OneLevel(CollectiveKind kind, double bytes, int n, double latency, double bandwidth, CollectiveAlgorithm algorithm)
    {
        if (n <= 1) return 0;
        var whole = bytes / bandwidth;
        switch (kind)
        {
            case CollectiveKind.Send:
                return latency + whole;
            case CollectiveKind.AllToAll:
                return latency + whole * (n - 1) / n;
        }

        var allReduce = kind == CollectiveKind.AllReduce;
        var passes = allReduce ? 2 : 1;
        var ring = passes * (n - 1) * (latency + whole / n);
        var tree = passes * (Log2(n) * latency + whole);
        var oneShot = latency + whole * (n - 1) / (allReduce ? 1 : n);
        return algorithm switch
        {
            CollectiveAlgorithm.Ring => ring,
            CollectiveAlgorithm.Tree => tree,
            CollectiveAlgorithm.OneShot => oneShot,
            _ => Math.Min(ring, Math.Min(tree, oneShot)),
        };
    }

    private static int Log2(int n) => BitOperations.Log2((uint)n - 1) + 1;
}
