using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Fusion;

/// <summary>Matrices that read the same input become one: the input is read once, and one kernel replaces several.</summary>
/// <param name="name">The word that people write.</param>
/// <param name="packedName">Name of the packed operator.</param>
/// <param name="toAttention">Whether it packs the matrices that lead to attention, or those that do not.</param>
internal sealed class PackedProjections(string name, string packedName, bool toAttention) : IFusion
{
    public string Name => name;

    public LayerGroup Apply(LayerGroup group)
    {
        foreach (var set in group.Operators.Where(o => o.Spec is Linear && o.Inputs.Count == 1 && LeadsToAttention(group, o) == toAttention)
            .GroupBy(o => (o.Inputs[0], Key((Linear)o.Spec))))
        {
            var parts = set.ToList();
            if (parts.Count > 1) return Apply(Pack(group, parts));
        }

        return group;
    }

    private LayerGroup Pack(LayerGroup group, List<Operator> parts)
    {
        var first = (Linear)parts[0].Spec;
        var outputs = parts.SelectMany(p => p.Outputs).ToList();
        var packed = parts[0] with
        {
            Name = group.Operators.Any(o => o.Name == packedName) ? string.Join('+', parts.Select(p => p.Name)) : packedName,
            Spec = first with { Outputs = parts.Sum(p => ((Linear)p.Spec).Outputs) },
            Outputs = outputs,
            SourceNodes = [.. parts.SelectMany(p => p.SourceNodes)],
        };
        var operators = new List<Operator>();
        foreach (var step in group.Operators)
        {
            if (step == parts[0]) operators.Add(packed);
            else if (!parts.Contains(step)) operators.Add(step);
        }

        return group with { Operators = operators };
    }

    // Only matrices that are stored alike can lie side by side.
    private static Linear Key(Linear linear) => linear with { Outputs = 0 };

    private static bool LeadsToAttention(LayerGroup group, Operator from)
    {
        var reached = from.Outputs.ToHashSet();
        foreach (var step in group.Operators.SkipWhile(o => o != from).Skip(1))
        {
            if (!step.Inputs.Any(reached.Contains)) continue;
            if (step.Spec is Attention or AttentionScores or AttentionValues or MultiLatentAttention) return true;
            if (step.Spec is Rotary or ElementWise or Copy || step.Spec is Norm { RowsPerToken: > 1 }) reached.UnionWith(step.Outputs);
        }

        return false;
    }
}
