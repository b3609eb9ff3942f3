using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.StepCosts;

/// <summary>An iteration of devices that have sequences of their own and meet in every layer (data-parallel attention): what one of them takes for its even part of the batch.</summary>
/// <param name="device">What one device takes for its own batch.</param>
/// <param name="devices">Devices, at least 1.</param>
public sealed class DataParallelStepCost(IStepCost device, int devices) : IStepCost
{
    /// <inheritdoc/>
    public BatchNeeds Needs => device.Needs;

    /// <inheritdoc/>
    public int Stages => device.Stages;

    /// <inheritdoc/>
    public long Nanoseconds(in BatchShape batch) => device.Nanoseconds(batch.Part(devices));

    /// <inheritdoc/>
    public long StageNanoseconds(int stage, in BatchShape batch) => device.StageNanoseconds(stage, batch.Part(devices));
}
