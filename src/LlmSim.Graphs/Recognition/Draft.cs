using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>An activation while operators are being found.</summary>
internal sealed class DraftValue(GraphTensor? tensor, double width)
{
    /// <summary>The tensor of the graph; null for one that exists only inside a fused node.</summary>
    public GraphTensor? Tensor { get; } = tensor;

    /// <summary>Elements per token.</summary>
    public double Width { get; set; } = width;

    /// <summary>Its size where it is not simply so many elements per token.</summary>
    public Extent? Extent { get; set; }

    public Draft? Producer { get; set; }

    /// <summary>Whether it leaves the graph.</summary>
    public bool IsOutput { get; set; }

    public List<Draft> Consumers { get; } = [];
}

/// <summary>An operator while its neighbours are being found.</summary>
internal sealed class Draft(OperatorSpec spec)
{
    public OperatorSpec Spec { get; set; } = spec;

    public List<DraftValue> Inputs { get; } = [];

    public List<DraftValue> Outputs { get; } = [];

    public List<string> Nodes { get; } = [];

    /// <summary>Its name, where what it is decides that; "" until its place does.</summary>
    public string Role { get; set; } = "";

    /// <summary>A multiplication, division or addition of one number: attention takes it in.</summary>
    public bool IsScaling { get; set; }

    /// <summary>The matrix of a linear layer, or the table of an embedding.</summary>
    public GraphTensor? Matrix { get; set; }

    /// <summary>Whether attention looks at another sequence than its own (encoder states).</summary>
    public bool IsCross { get; set; }

    /// <summary>What an activation function is; null for other operators.</summary>
    public ActivationFunction? Function { get; set; }

    public bool IsProductOfTwo { get; set; }

    public DraftValue Output => Outputs[0];
}
