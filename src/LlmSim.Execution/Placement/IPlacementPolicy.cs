using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Placement;

/// <summary>A unit that could execute an operator, and how long it would take.</summary>
/// <param name="Kind">Which unit.</param>
/// <param name="Time">Its time.</param>
public readonly record struct PlacementOption(UnitKind Kind, OperatorTime Time);

/// <summary>
/// Chooses where an operator runs. To add one: a class beside this one and its line in <see cref="PlacementPolicies"/>; its name is the word in the
/// configuration.
/// </summary>
public interface IPlacementPolicy
{
    /// <summary>The word that people write.</summary>
    string Name { get; }

    /// <summary>The kind of unit without which the policy means nothing; <see cref="UnitKind.Device"/> where any machine will do.</summary>
    UnitKind Needs { get; }

    /// <summary>The choice.</summary>
    /// <param name="spec">The operator.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="options">What the machine offers for it; the device comes first and is always there.</param>
    /// <returns>Index into <paramref name="options"/>.</returns>
    int Choose(OperatorSpec spec, in BatchShape batch, ReadOnlySpan<PlacementOption> options);
}
