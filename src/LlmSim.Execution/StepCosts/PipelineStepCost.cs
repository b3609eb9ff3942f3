using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.StepCosts;

/// <summary>
/// A batch through all stages of a pipeline. One iteration takes the sum of the stages; an engine that keeps as many batches in flight as there are
/// stages completes one in each time of the slowest stage (<see cref="StageNanoseconds"/>).
/// </summary>
public sealed class PipelineStepCost : IStepCost
{
    private readonly IStepCost[] _stages;

    /// <summary>A pipeline of these stages, in order, each with its send to the next.</summary>
    public PipelineStepCost(IEnumerable<IStepCost> stages)
    {
        _stages = [.. stages];
        if (_stages.Length == 0) throw new ArgumentException("a pipeline has at least one stage", nameof(stages));
        Needs = _stages[0].Needs with { Windows = [.. _stages.SelectMany(s => s.Needs.Windows).Distinct().Order()] };
    }

    /// <inheritdoc/>
    public BatchNeeds Needs { get; }

    /// <inheritdoc/>
    public int Stages => _stages.Length;

    /// <inheritdoc/>
    public long Nanoseconds(in BatchShape batch)
    {
        long sum = 0;
        foreach (var stage in _stages) sum += stage.Nanoseconds(batch);
        return sum;
    }

    /// <inheritdoc/>
    public long StageNanoseconds(int stage, in BatchShape batch) => _stages[stage].Nanoseconds(batch);
}
