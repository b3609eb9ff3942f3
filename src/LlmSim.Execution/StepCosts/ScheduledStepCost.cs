using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Graphs.Batches;
using LlmSim.Kernel.Time;

namespace LlmSim.Execution.StepCosts;

/// <summary>
/// The step cost of any plan (overlap, contention, several streams, offloading): the plan is run for each batch, its repeating layers folded, and the
/// result is remembered for batches that are equal in all sums.
/// </summary>
/// <param name="planner">Makes the plans.</param>
public sealed class ScheduledStepCost(IPassPlanner planner) : IStepCost
{
    // Decode batches seldom come twice; what is kept is bounded, and thrown away as a whole, which changes no result.
    private const int MemoLimit = 1 << 15;

    private readonly Dictionary<BatchShape, long> _memo = [];

    /// <inheritdoc/>
    public BatchNeeds Needs => planner.Needs;

    /// <inheritdoc/>
    public long Nanoseconds(in BatchShape batch)
    {
        if (batch.Tokens == 0) return 0;
        if (_memo.TryGetValue(batch, out var known)) return known;
        if (_memo.Count >= MemoLimit) _memo.Clear();
        var nanoseconds = Tick.PicosecondsToNanoseconds(Scheduler.Run(planner.Plan(batch)).Picoseconds);
        _memo.Add(batch, nanoseconds);
        return nanoseconds;
    }
}
