using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>Patterns of communication between devices.</summary>
public enum CollectiveKind
{
    /// <summary>Every rank ends with the sum over all ranks.</summary>
    AllReduce,

    /// <summary>Every rank ends with the parts of all ranks, side by side.</summary>
    AllGather,

    /// <summary>Every rank sends a part of its own to every other.</summary>
    AllToAll,

    /// <summary>One rank sends to the next.</summary>
    Send,
}

/// <summary>Communication between the devices that share a model.</summary>
/// <param name="Kind">The pattern.</param>
/// <param name="ElementsPerRow">Elements of the whole tensor per row: summed, gathered, exchanged or sent.</param>
/// <param name="Ranks">Devices that take part, at least 2.</param>
/// <param name="Rows">Which rows of the batch it carries.</param>
public sealed record Collective(CollectiveKind Kind, double ElementsPerRow, int Ranks, RowSource Rows = RowSource.Tokens) : OperatorSpec
{
    /// <inheritdoc/>
    public override BatchDependence DependsOn => Rows.Dependence();

    /// <summary>
    /// Bytes sent are those of the ring algorithms: 2·(n − 1)/n of the tensor for an all-reduce (reduce-scatter, then all-gather),
    /// (n − 1)/n for an all-gather and an all-to-all. What arrives is written to memory, what is sent is read from it.
    /// </summary>
    public override OperatorWork Work(in BatchShape batch, in Precision precision)
    {
        var elements = Rows.Rows(batch) * ElementsPerRow;
        var share = Kind == CollectiveKind.Send ? 1 : (Kind == CollectiveKind.AllReduce ? 2.0 : 1.0) * (Ranks - 1) / Ranks;
        var bytes = elements * share * precision.Activations.Bytes();
        return new OperatorWork
        {
            VectorFlops = Kind == CollectiveKind.AllReduce ? elements * (Ranks - 1) / Ranks : 0,
            ActivationReadBytes = bytes,
            ActivationWriteBytes = bytes,
            CommunicatedBytes = bytes,
        };
    }
}
