using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;

namespace LlmSim.Serving.Tests;

/// <summary>A pipeline whose stages take different shares of a cost.</summary>
internal sealed class StagedCost(IStepCost whole, params long[] shares) : IStepCost
{
    public BatchNeeds Needs => whole.Needs;

    public int Stages => shares.Length;

    public long Nanoseconds(in BatchShape batch)
    {
        long sum = 0;
        for (var stage = 0; stage < shares.Length; stage++) sum += StageNanoseconds(stage, batch);
        return sum;
    }

    public long StageNanoseconds(int stage, in BatchShape batch) => whole.Nanoseconds(batch) * shares[stage] / shares.Sum();
}
