namespace LlmSim.Graphs.Operators;

/// <summary>One operator of a forward pass, in its place: a name, what it is, and which values it reads and writes.</summary>
/// <param name="Name">The operator's role in the field's words, unique within its layer: "q_proj", "attention", "mlp_norm", "lm_head".</param>
/// <param name="Spec">What it is.</param>
/// <param name="Inputs">Indexes into <see cref="LayerGroup.Values"/> of the activations it reads.</param>
/// <param name="Outputs">Indexes into <see cref="LayerGroup.Values"/> of the activations it writes.</param>
public sealed record Operator(string Name, OperatorSpec Spec, IReadOnlyList<int> Inputs, IReadOnlyList<int> Outputs)
{
    /// <summary>Names of the graph's nodes that this operator stands for, in the first layer of its group.</summary>
    public IReadOnlyList<string> SourceNodes { get; init; } = [];
}
