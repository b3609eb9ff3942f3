using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.Plans;

/// <summary>Makes the plan of a pass for any batch: one model on one machine, with all choices made.</summary>
public interface IPassPlanner
{
    /// <summary>The sums that a batch must carry.</summary>
    BatchNeeds Needs { get; }

    /// <summary>The plan for a batch that is not empty.</summary>
    PassPlan Plan(in BatchShape batch);
}
