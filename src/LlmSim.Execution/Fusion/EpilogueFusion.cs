using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Fusion;

/// <summary>An element-wise operator becomes the end of the matrix product whose result it alone reads.</summary>
/// <param name="name">The word that people write.</param>
/// <param name="isMeant">Which element-wise operators.</param>
internal sealed class EpilogueFusion(string name, Func<ElementWiseKind, bool> isMeant) : IFusion
{
    public string Name => name;

    public LayerGroup Apply(LayerGroup group)
    {
        for (var i = 0; i < group.Operators.Count; i++)
        {
            var second = group.Operators[i];
            if (second.Spec is not ElementWise element || !isMeant(element.Kind)) continue;
            var first = Producer(group, second, i);
            if (first is null) continue;
            var kept = first.Outputs.Where(second.Inputs.Contains).ToList();
            var fused = first with
            {
                Name = $"{first.Name}+{second.Name}",
                Spec = new Fused(first.Spec, element, kept.Select(v => Size(group.Values[v])).Aggregate((a, b) => a + b)),
                Inputs = [.. first.Inputs, .. second.Inputs.Where(v => !kept.Contains(v))],
                Outputs = second.Outputs,
                SourceNodes = [.. first.SourceNodes, .. second.SourceNodes],
            };
            // In the second's place, where all its inputs are there.
            var operators = group.Operators.Where(o => o != first).Select(o => o == second ? fused : o).ToList();
            return Apply(group with { Operators = operators });
        }

        return group;
    }

    /// <summary>The last matrix product before it whose results nobody else reads; null when there is none.</summary>
    private static Operator? Producer(LayerGroup group, Operator second, int place)
    {
        for (var i = place - 1; i >= 0; i--)
        {
            var first = group.Operators[i];
            if (!first.Outputs.Any(second.Inputs.Contains)) continue;
            if (first.Spec.Kernel is not Linear || !first.Outputs.All(second.Inputs.Contains)) continue;
            var readElsewhere = group.Operators.Any(o => o != second && o.Inputs.Any(first.Outputs.Contains));
            if (!readElsewhere && !first.Outputs.Contains(group.OutputValue)) return first;
        }

        return null;
    }

    private static Extent Size(ActivationValue v) =>
        new(v.PerToken, v.PerSampled, v.PerPair, v.PerSequence, v.PerContextToken, v.Constant);
}
