using LlmSim.Graphs.Collections;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Shapes;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>One place where a tensor is read.</summary>
/// <param name="Node">The reader.</param>
/// <param name="Slot">Which of its inputs; −1 when a subgraph of the node reads it.</param>
public readonly record struct TensorUse(GraphNode Node, int Slot);

/// <summary>A value of a graph: an input, a constant, or what a node computes.</summary>
public sealed class GraphTensor
{
    private readonly Growing<TensorUse> _uses = new();

    internal GraphTensor(Graph owner, int index, string name)
    {
        Owner = owner;
        Index = index;
        Name = name;
    }

    /// <summary>The graph whose scope it belongs to. A node of a subgraph may read tensors of the graphs around it.</summary>
    public Graph Owner { get; }

    /// <summary>Position in <see cref="Graph.Tensors"/> of its owner.</summary>
    public int Index { get; }

    /// <summary>Name, unique in its graph.</summary>
    public string Name { get; }

    /// <summary>Element type; undefined when neither the file nor the operators say.</summary>
    public OnnxElementType ElementType { get; internal set; }

    /// <summary>Shape with symbolic dimensions; null when not even the rank is known.</summary>
    public Shape? Shape { get; internal set; }

    /// <summary>What the file says about the shape of an input, output or inner value (value_info); null when nothing.</summary>
    public Shape? DeclaredShape { get; internal set; }

    /// <summary>The constant it is: an initializer, a Constant node's value, or either behind an Identity; null for everything computed.</summary>
    public OnnxTensor? Constant { get; internal set; }

    /// <summary>Whether it is a constant of any size.</summary>
    public bool IsConstant => Constant is not null;

    /// <summary>Whether it stands among the graph's initializers: a weight, or a small table.</summary>
    public bool IsInitializer { get; internal set; }

    /// <summary>Whether it is an input of its graph that a caller has to give (an input with an initializer is not).</summary>
    public bool IsGraphInput { get; internal set; }

    /// <summary>Whether it is an output of its graph.</summary>
    public bool IsGraphOutput { get; internal set; }

    /// <summary>The node that computes it; null for inputs and constants.</summary>
    public GraphNode? Producer { get; internal set; }

    /// <summary>Which output of <see cref="Producer"/> it is.</summary>
    public int ProducerSlot { get; internal set; }

    /// <summary>Where it is read, in the order of the nodes.</summary>
    public IReadOnlyList<TensorUse> Uses => _uses;

    /// <summary>Its elements as far as they are known: constants, and integers that shape arithmetic computes; null when they are data.</summary>
    public KnownValue? Value { get; internal set; }

    /// <summary>Its only element, or the element that all of it repeats, as a number.</summary>
    /// <returns>False when it is not known, or depends on symbols.</returns>
    public bool TryGetScalar(out double value)
    {
        value = 0;
        return Value is { IsUniform: true } known && known[0].TryReal(out value);
    }

    /// <summary>Name, type and shape, for messages.</summary>
    public override string ToString() => $"{Name}: {ElementType}{Shape?.ToString() ?? "[..]"}";

    internal void AddUse(GraphNode node, int slot) => _uses.Add(new TensorUse(node, slot));
}
