using LlmSim.Files;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Import;

/// <summary>Puts nodes after those they depend on, subgraphs' captures included; files need not have them so.</summary>
internal sealed class TopologicalOrder(string file, InputErrors errors)
{
    /// <summary>Kahn's algorithm; among nodes that are ready, the one that stands first in the file goes first.</summary>
    public GraphNode[] Sort(Graph graph, List<(GraphNode Node, OnnxNode Source)> nodes, HashSet<GraphTensor>?[] inner)
    {
        for (var i = 0; i < nodes.Count; i++) nodes[i].Node.Index = i;
        var edges = new List<(int From, int To)>();
        var inOrder = true;
        void Depend(int node, GraphTensor? tensor)
        {
            if (tensor?.Producer is not { } producer || tensor.Owner != graph) return;
            edges.Add((producer.Index, node));
            inOrder &= producer.Index < node;
        }

        for (var i = 0; i < nodes.Count; i++)
        {
            foreach (var input in nodes[i].Node.Inputs) Depend(i, input);
            if (inner[i] is not { } read) continue;
            foreach (var tensor in read) Depend(i, tensor);
        }

        var sorted = new GraphNode[nodes.Count];
        if (inOrder)
        {
            for (var i = 0; i < sorted.Length; i++) sorted[i] = nodes[i].Node;
            return sorted;
        }

        var waitsFor = new int[nodes.Count];
        var successors = new List<int>?[nodes.Count];
        foreach (var (from, to) in edges)
        {
            waitsFor[to]++;
            (successors[from] ??= []).Add(to);
        }

        var count = 0;
        var ready = new PriorityQueue<int, int>();
        for (var i = 0; i < nodes.Count; i++)
            if (waitsFor[i] == 0) ready.Enqueue(i, i);
        while (ready.TryDequeue(out var next, out _))
        {
            sorted[count++] = nodes[next].Node;
            foreach (var successor in successors[next] ?? [])
                if (--waitsFor[successor] == 0) ready.Enqueue(successor, successor);
        }

        if (count < nodes.Count) ReportCycle(nodes, waitsFor, successors);
        for (var i = 0; i < count; i++) sorted[i].Index = i;
        return sorted[..count];
    }

    /// <summary>Names the nodes of one cycle: whoever waits is followed back until a node comes round again.</summary>
    private void ReportCycle(List<(GraphNode Node, OnnxNode Source)> nodes, int[] waitsFor, List<int>?[] successors)
    {
        var before = new int[nodes.Count];
        var start = -1;
        for (var i = 0; i < nodes.Count; i++)
        {
            if (waitsFor[i] == 0) continue;
            start = i;
            foreach (var successor in successors[i] ?? []) before[successor] = i;
        }

        var seen = new HashSet<int>();
        while (seen.Add(start)) start = before[start];
        var names = new List<string>();
        var at = start;
        do
        {
            names.Insert(0, nodes[at].Node.Name);
            at = before[at];
        }
        while (at != start && names.Count < 8);
        errors.Add(file, 0, nodes[start].Node.Name, $"the graph has a cycle: {string.Join(" → ", names)} → {(at == start ? names[0] : "…")}", "export the model again");
    }
}
