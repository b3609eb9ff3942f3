using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Fusion;

/// <summary>A residual addition whose sum is normalised next: one kernel adds, writes the sum for the residual stream, and normalises it.</summary>
internal sealed class NormFusion : IFusion
{
    public string Name => "norm";

    public LayerGroup Apply(LayerGroup group)
    {
        foreach (var add in group.Operators.Where(o => o.Spec is ElementWise { Kind: ElementWiseKind.Add } && o.Outputs.Count == 1))
        {
            var sum = add.Outputs[0];
            var norm = group.Operators.FirstOrDefault(o => o.Spec is Norm { Skip: false, RowsPerToken: 1 } && o.Inputs.Count == 1 && o.Inputs[0] == sum);
            if (norm is null || ((Norm)norm.Spec).Rows != ((ElementWise)add.Spec).Rows) continue;
            var fused = norm with
            {
                Spec = (Norm)norm.Spec with { Skip = true },
                Inputs = add.Inputs,
                Outputs = [.. norm.Outputs, sum],
                SourceNodes = [.. add.SourceNodes, .. norm.SourceNodes],
            };
            // In the addition's place, since others may read the sum before the norm stands.
            var operators = group.Operators.Where(o => o != norm).Select(o => o == add ? fused : o).ToList();
            return Apply(group with { Operators = operators });
        }

        return group;
    }
}
