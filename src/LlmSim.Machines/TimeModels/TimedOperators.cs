using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Machines.TimeModels;

/// <summary>What times are asked for: the error of a time model is that of the operators which it times.</summary>
/// <param name="Operators">The operators.</param>
/// <param name="Precision">Number formats.</param>
/// <param name="Prompts">Whether batches hold prompts.</param>
/// <param name="Decodes">Whether batches hold decodes.</param>
public sealed record TimedOperators(IReadOnlyCollection<OperatorSpec> Operators, Precision Precision, bool Prompts = true, bool Decodes = true)
{
    /// <summary>All operators of a model's parts, in prompts and decodes.</summary>
    /// <param name="parts">What one device of each stage executes.</param>
    /// <param name="precision">Number formats.</param>
    public static TimedOperators Of(IEnumerable<LanguageModel> parts, Precision precision) =>
        new([.. parts.SelectMany(p => p.Groups).SelectMany(g => g.Operators).Select(o => o.Spec).Distinct()], precision);

    /// <summary>Without some of them.</summary>
    /// <param name="left">Whether an operator is left.</param>
    public TimedOperators Where(Func<OperatorSpec, bool> left) => this with { Operators = [.. Operators.Where(left)] };
}
