using LlmSim.Graphs.Import;

namespace LlmSim.Graphs.Recognition;

/// <summary>Finds the graph that holds the decoder: the main one, or the body of a beam search, of an If between first and later passes, of a loop.</summary>
internal static class DecoderScope
{
    /// <summary>The graph or subgraph with the most heavy nodes of its own; the outermost and first among equals.</summary>
    public static Graph Find(Graph graph)
    {
        var best = graph;
        var most = Heavy(graph);
        Search(graph, ref best, ref most);
        return best;
    }

    private static void Search(Graph graph, ref Graph best, ref int most)
    {
        foreach (var node in graph.Nodes)
        {
            foreach (var (_, inner) in node.Subgraphs)
            {
                var heavy = Heavy(inner);
                // Beam searches hold a decoder for the first pass and one with a cache: the later one stands for serving.
                if (heavy > most || heavy == most && !ReferenceEquals(best, graph) && HasCache(inner) && !HasCache(best))
                {
                    best = inner;
                    most = heavy;
                }

                Search(inner, ref best, ref most);
            }
        }
    }

    private static int Heavy(Graph graph)
    {
        var count = 0;
        foreach (var node in graph.Nodes)
            if (NodeSets.IsHeavy(node)) count++;
        return count;
    }

    private static bool HasCache(Graph graph)
    {
        foreach (var input in graph.Inputs)
            if (input.Shape is { Rank: >= 4 }) return true;
        return false;
    }
}
