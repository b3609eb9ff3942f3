using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.StepCosts;

/// <summary>How long one engine iteration takes on the machine, as a function of its batch: a compiled plan, or an engine's measured table.</summary>
public interface IStepCost
{
    /// <summary>The sums that <see cref="Nanoseconds"/> reads beyond those always kept.</summary>
    BatchNeeds Needs { get; }

    /// <summary>Duration of one forward pass, rounded once to whole nanoseconds; 0 for an empty batch. Pure, and cheap enough for every decode iteration.</summary>
    long Nanoseconds(in BatchShape batch);
}
