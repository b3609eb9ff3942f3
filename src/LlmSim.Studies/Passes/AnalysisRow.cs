using LlmSim.Execution.Placement;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>One operator of an analysed pass. Work and time are those of one execution; <see cref="Count"/> says how many there are.</summary>
public sealed record AnalysisRow
{
    /// <summary>Its name: "q_proj", "attention".</summary>
    public required string Name { get; init; }

    /// <summary>Its layer group: "embedding", "layer", "head".</summary>
    public required string Layer { get; init; }

    /// <summary>Executions in one pass.</summary>
    public required int Count { get; init; }

    /// <summary>Floating-point operations.</summary>
    public required double Flops { get; init; }

    /// <summary>Bytes moved to and from memory.</summary>
    public required double Bytes { get; init; }

    /// <summary>Bytes of weights among them.</summary>
    public required double WeightBytes { get; init; }

    /// <summary>Bytes of keys and values among them.</summary>
    public required double KvBytes { get; init; }

    /// <summary>Bytes sent to other devices.</summary>
    public double CommunicatedBytes { get; init; }

    /// <summary>Duration, in seconds.</summary>
    public required double Seconds { get; init; }

    /// <summary>What arithmetic alone would take, in seconds.</summary>
    public required double ComputeSeconds { get; init; }

    /// <summary>What memory traffic alone would take, in seconds.</summary>
    public required double MemorySeconds { get; init; }

    /// <summary>Floating-point operations per second reached.</summary>
    public required double Performance { get; init; }

    /// <summary>Where it runs.</summary>
    public UnitKind Unit { get; init; }

    /// <summary>What limits it.</summary>
    public required Bound Bound { get; init; }

    /// <summary>What it is; null under rules that have rows without an operator of their own.</summary>
    public OperatorSpec? Spec { get; init; }

    /// <summary>FLOPs per byte; NaN when it moves nothing.</summary>
    public double ArithmeticIntensity => Bytes > 0 ? Flops / Bytes : double.NaN;

    /// <summary>Duration of all executions, in seconds.</summary>
    public double TotalSeconds => Count * Seconds;
}
