using System.Collections.Concurrent;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Passes;
using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>What of a scenario decides a <see cref="PlacedModel"/>: scenarios that are equal in these share one.</summary>
internal sealed record PlacedModelKey(string Model, PrecisionSection Precision, MachineSection Machine, string? Time, string? TimeTable, string JoinedTables)
{
    /// <summary>Stands between the paths of <see cref="JoinedTables"/>, and in no path.</summary>
    public const char Between = '\0';

    /// <summary>Measured operator tables.</summary>
    public IReadOnlyList<string> OperatorTables => JoinedTables.Length == 0 ? [] : JoinedTables.Split(Between);

    /// <summary>The engine's measured step table that times whole iterations; null where operators are timed.</summary>
    public string? StepTable => Time == "measured" ? TimeTable : null;
}

/// <summary>
/// A model on the devices of one replica, whatever its engine does: sharded, compiled, its weights counted. Immutable, so that the points of a study
/// share it on all threads; what a simulation changes while it runs (memos, warnings) comes fresh with <see cref="FreshTime"/> and <see cref="FreshCost"/>.
/// </summary>
internal sealed class PlacedModel
{
    private readonly ConcurrentDictionary<int, double> _activationPeaks = [];

    /// <summary>The device; all of a replica are alike.</summary>
    public required Device Device { get; init; }

    /// <summary>The whole model.</summary>
    public required LanguageModel Model { get; init; }

    /// <summary>What one device of each pipeline stage executes.</summary>
    public required IReadOnlyList<LanguageModel> Stages { get; init; }

    /// <summary>Number formats.</summary>
    public required Precision Precision { get; init; }

    /// <summary>What is offloaded; null for nothing.</summary>
    public OffloadPolicy? Offload { get; init; }

    /// <summary>Operator times, collectives included, for one simulation.</summary>
    public required Func<ITimeModel> FreshTime { get; init; }

    /// <summary>Step cost for one simulation, from its operator times.</summary>
    public required Func<ITimeModel, IStepCost> FreshCost { get; init; }

    /// <summary>Where step times come from.</summary>
    public required string TimeKind { get; init; }

    /// <summary>The error to expect of them.</summary>
    public required string StatedError { get; init; }

    /// <summary>Weights on a device of the fullest stage, in bytes.</summary>
    public required double WeightBytes { get; init; }

    /// <summary>Those of them that offloading may move: what stands before and after the layers stays on the device.</summary>
    public required double LayerWeightBytes { get; init; }

    /// <summary>Weights of the largest layer on a device, in bytes.</summary>
    public required double LargestLayerWeightBytes { get; init; }

    /// <summary>Elements of keys and values that one token adds on a device of the fullest stage.</summary>
    public required double KvElementsPerToken { get; init; }

    /// <summary>Most activations alive at once when one prompt of so many tokens passes through the fullest stage, in bytes.</summary>
    public double ActivationPeakBytes(int tokens) => _activationPeaks.GetOrAdd(tokens, t =>
    {
        var time = FreshTime();
        return Stages.Max(s => LiveRanges.PeakOf(s, BatchShape.UniformPrefill(1, t, ForwardPass.Needs(s, time)), Precision).Bytes);
    });
}
