using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Tests.Samples;

/// <summary>An ideal roofline with the figures given, independent of the hardware catalogue.</summary>
internal sealed class Roofline(double flopsPerSecond, double bytesPerSecond, double overheadSeconds = 0) : ITimeModel
{
    public static Roofline A100 { get; } = new(312e12, 2039e9);

    public string Kind => "ideal";

    public BatchNeeds Needs { get; init; } = BatchNeeds.None;

    public string StatedError(TimedOperators timed) => "test";

    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        var compute = work.Flops / flopsPerSecond;
        var memory = work.MemoryBytes / bytesPerSecond;
        return new OperatorTime(Math.Max(compute, memory) + overheadSeconds, compute, memory, compute > memory ? Bound.Compute : Bound.Memory);
    }
}
