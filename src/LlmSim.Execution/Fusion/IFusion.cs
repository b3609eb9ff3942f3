using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Fusion;

/// <summary>
/// A choice to execute several operators in one kernel. To add one: a class beside this one and its line in <see cref="Fusions"/>; its name is the word in the
/// configuration.
/// </summary>
public interface IFusion
{
    /// <summary>The word that people write.</summary>
    string Name { get; }

    /// <summary>The layer with this fusion wherever it applies; the same layer where it does not.</summary>
    LayerGroup Apply(LayerGroup group);
}
