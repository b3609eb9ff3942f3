using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.StepCosts;

/// <summary>How long one engine iteration takes on the machine, as a function of its batch: a compiled plan, or an engine's measured table.</summary>
public interface IStepCost
{
    /// <summary>The sums that <see cref="Nanoseconds"/> reads beyond those always kept.</summary>
    BatchNeeds Needs { get; }

    /// <summary>Duration of one forward pass, rounded once to whole nanoseconds; 0 for an empty batch. Pure, and cheap enough for every decode iteration.</summary>
    long Nanoseconds(in BatchShape batch);

    /// <summary>Stages of the pipeline that a batch goes through, at least 1; each can work on a batch of its own.</summary>
    int Stages => 1;

    /// <summary>Time that one stage spends on a batch, its send to the next stage included, in nanoseconds; all stages together take <see cref="Nanoseconds"/>.</summary>
    /// <param name="stage">The stage, from 0.</param>
    /// <param name="batch">The batch.</param>
    long StageNanoseconds(int stage, in BatchShape batch) => Nanoseconds(batch);
}
