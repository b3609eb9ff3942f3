using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels;

/// <summary>
/// The roofline: the longest of FLOPs / peak, bytes / bandwidth and bytes sent / link bandwidth. No efficiency below 1, no launch cost, perfect overlap.
/// </summary>
/// <remarks>
/// Approximations: matrix and vector units overlap fully, so their times do not add up; every byte comes from main memory, none from a cache;
/// dequantisation costs two vector operations a weight (convert, scale) each time the weight is read.
/// </remarks>
/// <param name="device">The device.</param>
public sealed class IdealTimeModel(Device device) : ITimeModel
{
    /// <summary>Vector operations to bring one stored weight to the arithmetic's format: convert and scale.</summary>
    internal const double DequantizationFlopsPerWeight = 2;

    private readonly DeviceRates _rates = new(device);

    /// <inheritdoc/>
    public string Kind => "ideal";

    /// <inheritdoc/>
    public BatchNeeds Needs => BatchNeeds.None;

    /// <inheritdoc/>
    public string StatedError(TimedOperators timed) => "ideal roofline: a lower bound; real times on GPUs are 1.2 to 4 times longer, and more where latencies beside it rule";

    /// <inheritdoc/>
    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        var format = MatrixFormat(spec, precision);
        var matrix = work.MatrixFlops > 0 ? work.MatrixFlops / _rates.Matrix(format) : 0;
        var vector = work.VectorFlops + Dequantization(spec, work, precision, format);
        var compute = Math.Max(matrix, vector > 0 ? vector / _rates.Vector(precision.Activations) : 0);
        var memory = work.MemoryBytes / _rates.BandwidthBytesPerSecond;
        var link = work.CommunicatedBytes > 0 ? work.CommunicatedBytes / _rates.LinkBytesPerSecond : 0;
        var seconds = Math.Max(Math.Max(compute, memory), link);
        var bound = link > 0 && link >= Math.Max(compute, memory) ? Bound.Link : compute > memory ? Bound.Compute : Bound.Memory;
        return new OperatorTime(seconds, compute, memory, bound);
    }

    /// <summary>
    /// The format of an operator's matrix products. Layers with weights: the wider of weights and activations. Attention: the wider of activations
    /// and KV cache, since keys and values are its second operand.
    /// </summary>
    internal static NumberFormat MatrixFormat(OperatorSpec spec, in Precision precision) => spec.Kernel switch
    {
        Linear linear => Arithmetic.Of(precision.Activations, precision.WeightsOr(linear.Stored).Format),
        MixtureOfExperts moe => Arithmetic.Of(precision.Activations, precision.WeightsOr(moe.Stored).Format),
        Router router => Arithmetic.Of(precision.Activations, precision.WeightsOr(router.Stored).Format),
        Attention or AttentionScores or AttentionValues or MultiLatentAttention => Arithmetic.Of(precision.Activations, precision.KvCache),
        _ => precision.Activations,
    };

    /// <summary>Vector operations that bring stored weights to the arithmetic's format; 0 where they are computed with as they are.</summary>
    internal static double Dequantization(OperatorSpec spec, in OperatorWork work, in Precision precision, NumberFormat format)
    {
        if (work.WeightBytes <= 0) return 0;
        NumberFormat stored;
        switch (spec.Kernel)
        {
            case Linear linear: stored = precision.WeightsOr(linear.Stored).Format; break;
            case MixtureOfExperts moe: stored = precision.WeightsOr(moe.Stored).Format; break;
            case Router router: stored = precision.WeightsOr(router.Stored).Format; break;
            default: return 0;
        }

        return stored.Bits() < format.Bits() ? DequantizationFlopsPerWeight * work.WeightBytes / stored.Bytes() : 0;
    }
}
