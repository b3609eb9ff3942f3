using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Import;

/// <summary>One operator of a graph in its place. Constant nodes do not appear: their outputs are constants.</summary>
public sealed class GraphNode
{
    private readonly IReadOnlyList<OnnxAttribute> _attributes;

    internal GraphNode(Graph owner, OnnxNode source, string name)
    {
        Owner = owner;
        Name = name;
        OpType = source.OpType;
        Domain = source.Domain is "ai.onnx" ? "" : source.Domain;
        _attributes = source.Attributes;
    }

    /// <summary>The graph it belongs to.</summary>
    public Graph Owner { get; }

    /// <summary>Position in <see cref="Graph.Nodes"/>, a topological order.</summary>
    public int Index { get; internal set; }

    /// <summary>Name, unique in its graph; made up from the operator and a number where the file has none or repeats it.</summary>
    public string Name { get; }

    /// <summary>Operator.</summary>
    public string OpType { get; }

    /// <summary>Its domain; "" is the standard one ("ai.onnx" in a file is the same).</summary>
    public string Domain { get; }

    /// <summary>Domain and operator as people write it: "MatMul", "com.microsoft:QMoE".</summary>
    public string FullType => Domain.Length == 0 ? OpType : Domain + ":" + OpType;

    /// <summary>Inputs; null for an omitted optional one. May be shorter than the operator's list, so use <see cref="Input"/>.</summary>
    public IReadOnlyList<GraphTensor?> Inputs { get; internal set; } = [];

    /// <summary>Outputs; null for an omitted optional one.</summary>
    public IReadOnlyList<GraphTensor?> Outputs { get; internal set; } = [];

    /// <summary>Subgraphs by attribute name ("then_branch", "body", "decoder"), imported in their own scope.</summary>
    public IReadOnlyList<KeyValuePair<string, Graph>> Subgraphs { get; internal set; } = [];

    /// <summary>Whether the importer has shape rules for this operator.</summary>
    public bool IsKnownOperator { get; internal set; }

    /// <summary>An input; null when it is omitted or beyond the end.</summary>
    public GraphTensor? Input(int slot) => slot < Inputs.Count ? Inputs[slot] : null;

    /// <summary>An output; null when it is omitted or beyond the end.</summary>
    public GraphTensor? Output(int slot) => slot < Outputs.Count ? Outputs[slot] : null;

    /// <summary>The attribute of that name; null when absent.</summary>
    public OnnxAttribute? Attribute(string name)
    {
        for (var i = 0; i < _attributes.Count; i++)
            if (string.Equals(_attributes[i].Name, name, StringComparison.Ordinal)) return _attributes[i];
        return null;
    }

    /// <summary>An integer attribute.</summary>
    public long Int(string name, long absent) => Attribute(name) is { Kind: OnnxAttributeKind.Int } a ? a.Int : absent;

    /// <summary>A string attribute.</summary>
    public string Text(string name, string absent) => Attribute(name) is { Kind: OnnxAttributeKind.Text } a ? a.Text : absent;

    /// <summary>An integer list; null when absent.</summary>
    public IReadOnlyList<long>? Ints(string name) => Attribute(name) is { Kind: OnnxAttributeKind.Ints } a ? a.Ints : null;

    /// <summary>A subgraph; null when absent.</summary>
    public Graph? Subgraph(string name)
    {
        foreach (var (key, graph) in Subgraphs)
            if (string.Equals(key, name, StringComparison.Ordinal)) return graph;
        return null;
    }

    /// <summary>Operator and name, for messages.</summary>
    public override string ToString() => $"{FullType} \"{Name}\"";
}
