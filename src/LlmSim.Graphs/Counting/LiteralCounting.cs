using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Counting;

/// <summary>What one node of the graph does as exported.</summary>
/// <param name="Node">The node.</param>
/// <param name="Macs">Multiply-accumulates.</param>
/// <param name="VectorFlops">FLOPs beside the multiply-accumulates: additions, exponentials and the like.</param>
/// <param name="Traffic">Bytes.</param>
public readonly record struct NodeCount(GraphNode Node, MacCount Macs, double VectorFlops, TrafficCount Traffic)
{
    /// <summary>All FLOPs, attention dense.</summary>
    public double Flops => (2 * Macs.Total) + VectorFlops;

    /// <summary>Whether the sizes it depends on were all determined.</summary>
    public bool IsDetermined => !double.IsNaN(Flops + Traffic.Total);
}

/// <summary>
/// Counts a graph literally as exported: each node alone, every query with every key, logits at all positions. This is what inspecting a
/// graph shows; what an engine does for a batch is counted by the recognised operators instead.
/// </summary>
public sealed record LiteralCounting
{
    private LiteralCounting(IReadOnlyList<NodeCount> nodes) => Nodes = nodes;

    /// <summary>The main graph's nodes, in order. A node with subgraphs counts each of them once, of the branches of an If the larger.</summary>
    public IReadOnlyList<NodeCount> Nodes { get; }

    /// <summary>Multiply-accumulates of all nodes whose sizes were determined.</summary>
    public MacCount Macs { get; private init; }

    /// <summary>FLOPs of all nodes whose sizes were determined, attention dense.</summary>
    public double Flops { get; private init; }

    /// <summary>Bytes that the nodes whose sizes were determined read and write.</summary>
    public double Bytes { get; private init; }

    /// <summary>Nodes whose sizes depend on data, or on symbols that were not bound.</summary>
    public int UndeterminedNodes { get; private init; }

    /// <summary>Counts a graph with sizes for its symbols.</summary>
    public static LiteralCounting Of(BoundGraph bound)
    {
        var nodes = new NodeCount[bound.Graph.Nodes.Count];
        var macs = default(MacCount);
        double flops = 0, bytes = 0;
        var open = 0;
        for (var i = 0; i < nodes.Length; i++)
        {
            var count = nodes[i] = Count(bound.Graph.Nodes[i], bound);
            if (!count.IsDetermined) open++;
            if (!double.IsNaN(count.Macs.Total)) macs += count.Macs;
            if (!double.IsNaN(count.Flops)) flops += count.Flops;
            if (!double.IsNaN(count.Traffic.Total)) bytes += count.Traffic.Total;
        }

        return new LiteralCounting(nodes) { Macs = macs, Flops = flops, Bytes = bytes, UndeterminedNodes = open };
    }

    private static NodeCount Count(GraphNode node, BoundGraph bound)
    {
        if (node.Subgraphs.Count == 0)
            return new NodeCount(node, NodeMacs.Of(node, bound), VectorFlops.Of(node, bound), NodeTraffic.Of(node, bound));
        var sum = new NodeCount(node, default, 0, default);
        foreach (var (_, graph) in node.Subgraphs)
        {
            var body = new NodeCount(node, default, 0, default);
            foreach (var inner in graph.Nodes) body = Plus(body, Count(inner, bound));
            sum = node.OpType is not "If" ? Plus(sum, body) : body.Flops > sum.Flops ? body : sum;
        }

        return sum;
    }

    private static NodeCount Plus(NodeCount a, NodeCount b) => a with
    {
        Macs = a.Macs + b.Macs,
        VectorFlops = a.VectorFlops + b.VectorFlops,
        Traffic = new(a.Traffic.Weights + b.Traffic.Weights, a.Traffic.Read + b.Traffic.Read, a.Traffic.Written + b.Traffic.Written),
    };
}
