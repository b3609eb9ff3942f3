using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Collectives;

/// <summary>
/// A device's operator times, with collectives timed by algorithm and topology, latency included; those within a node for which the device's model has
/// constants of its own are left to it, unless an algorithm is named.
/// </summary>
/// <param name="inner">Times of everything else.</param>
/// <param name="topology">What the devices talk over.</param>
/// <param name="algorithm">How collectives are carried out.</param>
public sealed class CollectiveTimeModel(ITimeModel inner, Topology topology, CollectiveAlgorithm algorithm = CollectiveAlgorithm.Auto) : ITimeModel
{
    /// <inheritdoc/>
    public string Kind => inner.Kind;

    /// <inheritdoc/>
    public BatchNeeds Needs => inner.Needs;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Warnings => inner.Warnings;

    /// <inheritdoc/>
    public string StatedError(TimedOperators timed)
    {
        ArgumentNullException.ThrowIfNull(timed);
        var left = timed.Where(o => o is not Collective collective || IsMeasured(collective));
        return inner.StatedError(left) + (left.Operators.Count < timed.Operators.Count ? "; communication by algorithm, latency and bandwidth of the links, unmeasured" : "");
    }

    /// <inheritdoc/>
    public ITimeModel Fresh() => new CollectiveTimeModel(inner.Fresh(), topology, algorithm);

    /// <inheritdoc/>
    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        if (spec is not Collective collective) return inner.Time(spec, work, batch, precision);
        if (IsMeasured(collective)) return inner.Time(spec, work, batch, precision);
        var bytes = collective.Rows.Rows(batch) * collective.ElementsPerRow * precision.Activations.Bytes();
        return new OperatorTime(CollectiveTimes.Seconds(collective.Kind, bytes, collective.Ranks, topology, algorithm), 0, 0, Bound.Link);
    }

    /// <summary>Measured collectives are better than any formula, as far as they go: one node.</summary>
    private bool IsMeasured(Collective collective) =>
        algorithm == CollectiveAlgorithm.Auto && collective.Ranks <= topology.DevicesPerNode && inner.HasMeasured(collective);
}
