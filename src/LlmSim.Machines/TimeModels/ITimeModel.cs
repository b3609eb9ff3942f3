using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Machines.TimeModels;

/// <summary>
/// How long one operator takes on one device. To add a model: one file beside this one, and its name in <c>--time</c>.
/// </summary>
public interface ITimeModel
{
    /// <summary>"ideal", "fitted" or "measured".</summary>
    string Kind { get; }

    /// <summary>The sums it reads beyond those always kept.</summary>
    BatchNeeds Needs { get; }

    /// <summary>Time of one execution; a pure function of its arguments, without allocation.</summary>
    /// <param name="spec">The operator.</param>
    /// <param name="work">Its work for this batch under the rules in force.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="precision">Number formats.</param>
    OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision);

    /// <summary>Whether it has constants measured for this collective on this device, so that neither algorithm nor topology need be assumed.</summary>
    bool HasMeasured(Collective collective) => false;

    /// <summary>What was asked for outside the sizes that were measured, one sentence each; grows as times are asked for.</summary>
    IReadOnlyCollection<string> Warnings => [];

    /// <summary>The same times for another simulation, perhaps on another thread: what it knows is shared, its warnings are its own.</summary>
    ITimeModel Fresh() => this;

    /// <summary>The error to expect of these times, as a sentence for people: "ideal roofline: a lower bound …", "fitted, ±7 % on H100 bf16 GEMM".</summary>
    /// <param name="timed">What is timed: other operators' errors do not matter.</param>
    string StatedError(TimedOperators timed);
}
