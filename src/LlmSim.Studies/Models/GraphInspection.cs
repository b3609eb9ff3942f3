using LlmSim.Graphs.Counting;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Recognition;

namespace LlmSim.Studies.Models;

/// <summary>What a graph holds, counted literally as exported, beside what was recognised in it.</summary>
public sealed record GraphInspection
{
    /// <summary>The graph and its source.</summary>
    public required LoadedGraph Loaded { get; init; }

    /// <summary>Sequences of the batch that was counted.</summary>
    public required int Batch { get; init; }

    /// <summary>New tokens of each sequence.</summary>
    public required int Sequence { get; init; }

    /// <summary>Tokens of each sequence that are already cached.</summary>
    public required int Past { get; init; }

    /// <summary>The graph with these sizes.</summary>
    public required BoundGraph Bound { get; init; }

    /// <summary>Work of every node, literally.</summary>
    public required LiteralCounting Counting { get; init; }

    /// <summary>Weights.</summary>
    public required ParameterCounting Weights { get; init; }

    /// <summary>The recognised model.</summary>
    public required LanguageModel Model { get; init; }

    /// <summary>Inspects a graph at one batch.</summary>
    public static GraphInspection Of(LoadedGraph loaded, int batch, int sequence, int past)
    {
        ArgumentNullException.ThrowIfNull(loaded);
        var bound = loaded.Graph.Bind(batch, sequence, past);
        return new GraphInspection
        {
            Loaded = loaded,
            Batch = batch,
            Sequence = sequence,
            Past = past,
            Bound = bound,
            Counting = LiteralCounting.Of(bound),
            Weights = ParameterCounting.Of(loaded.Graph),
            Model = ModelRecognition.Recognise(loaded.Graph, loaded.Source.Name),
        };
    }

    /// <summary>Node counts and work by operator, most FLOPs first.</summary>
    public IReadOnlyList<OperatorSum> ByOperator() =>
    [
        .. Counting.Nodes.GroupBy(n => n.Node.FullType)
            .Select(g => new OperatorSum(
                g.Key, g.Count(), g.Sum(n => Known(n.Flops)), g.Sum(n => Known(n.Traffic.Total)), g.Sum(n => Known(n.Traffic.Weights))))
            .OrderByDescending(s => s.Flops).ThenByDescending(s => s.Bytes).ThenBy(s => s.Operator, StringComparer.Ordinal),
    ];

    private static double Known(double value) => double.IsNaN(value) ? 0 : value;
}

/// <summary>All nodes of one operator together.</summary>
/// <param name="Operator">Domain and operator.</param>
/// <param name="Nodes">How many.</param>
/// <param name="Flops">Their floating-point operations.</param>
/// <param name="Bytes">Bytes they read and write.</param>
/// <param name="WeightBytes">Bytes of weights among them.</param>
public readonly record struct OperatorSum(string Operator, int Nodes, double Flops, double Bytes, double WeightBytes);
