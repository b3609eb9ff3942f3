namespace LlmSim.Execution.Plans;

/// <summary>A part of a pass that may repeat: the embedding, a layer, the head.</summary>
/// <param name="Name">Name of the layer group.</param>
/// <param name="Activities">In the order in which each stream issues its own.</param>
/// <param name="Buffers">Memory that it occupies for a while.</param>
public sealed record PlanSection(string Name, IReadOnlyList<Activity> Activities, IReadOnlyList<PlanBuffer> Buffers);
