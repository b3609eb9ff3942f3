using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>An activation while operators are being found.</summary>
internal sealed class DraftValue(GraphTensor? tensor, double width)
{
    private DraftValue? _same;

    /// <summary>The tensor of the graph; null for one that exists only inside a fused node.</summary>
    public GraphTensor? Tensor { get; } = tensor;

    /// <summary>Elements per token.</summary>
    public double Width { get; set; } = width;

    /// <summary>Its size where it is not simply so many elements per token.</summary>
    public Extent? Extent { get; set; }

    public Draft? Producer { get; set; }

    /// <summary>Operators that read it; filled in by <see cref="DraftBoard.Link"/>.</summary>
    public List<Draft> Consumers { get; } = [];

    /// <summary>The activation that this one turned out to be; itself as a rule.</summary>
    public DraftValue Resolved
    {
        get
        {
            var value = this;
            while (value._same is { } next) value = next;
            return value;
        }
    }

    /// <summary>Makes it the same activation as another.</summary>
    public void BecomeSameAs(DraftValue other)
    {
        DraftValue self = Resolved, target = other.Resolved;
        if (!ReferenceEquals(self, target)) self._same = target;
    }
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

    /// <summary>A product of two activations: with an activation function before it, a gate.</summary>
    public bool IsProduct { get; set; }

    /// <summary>Puts activations side by side.</summary>
    public bool IsConcatenation { get; set; }

    /// <summary>The activation function, when it is one and nothing else.</summary>
    public ActivationFunction? Function { get; set; }

    /// <summary>The matrix of a linear layer, or the table of an embedding.</summary>
    public GraphTensor? Matrix { get; set; }

    /// <summary>Queries, keys and values of an attention, in this order; the same activation three times when packed. Null elsewhere.</summary>
    public DraftValue[]? Operands { get; set; }

    /// <summary>The scores that route tokens to experts; null elsewhere.</summary>
    public DraftValue? Routing { get; set; }

    /// <summary>Whether attention looks at another sequence than its own (encoder states).</summary>
    public bool IsCross { get; set; }

    /// <summary>Whether another operator covers it, so that it goes at the next <see cref="DraftBoard.Link"/>.</summary>
    public bool IsAbsorbed { get; set; }

    public DraftValue Output => Outputs[0].Resolved;

    public bool IsAttention => Spec is Attention or MultiLatentAttention;
}
