using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;

namespace LlmSim.Studies.Engines;

/// <summary>A forward pass and what the engine does on the device around it: a constant and a part for each position that is sampled.</summary>
/// <param name="pass">The forward pass.</param>
/// <param name="nanoseconds">The constant.</param>
/// <param name="nanosecondsPerSample">The part for each sampled position.</param>
internal sealed class EngineStepCost(IStepCost pass, long nanoseconds, long nanosecondsPerSample) : IStepCost
{
    public BatchNeeds Needs => pass.Needs;

    public int Stages => pass.Stages;

    public long Nanoseconds(in BatchShape batch) => pass.Nanoseconds(batch) is var time && time > 0 ? time + Around(batch) : time;

    // The last stage samples.
    public long StageNanoseconds(int stage, in BatchShape batch) =>
        pass.StageNanoseconds(stage, batch) is var time && time > 0 && stage == pass.Stages - 1 ? time + Around(batch) : time;

    private long Around(in BatchShape batch) => nanoseconds + nanosecondsPerSample * batch.SampledPositions;
}
