using LlmSim.Execution.Collectives;
using LlmSim.Execution.Parallelism;
using LlmSim.Files;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>What one of the devices that share a model executes, and how long its operators and collectives take.</summary>
/// <param name="Model">The device's part of every layer; pipeline stages are cut from it later.</param>
/// <param name="Time">Operator times, collectives included.</param>
public sealed record DevicePart(LanguageModel Model, ITimeModel Time)
{
    /// <summary>Divides a model among devices.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="device">The device; all are alike.</param>
    /// <param name="time">Operator times of one device.</param>
    /// <param name="parallelism">How the devices share the model.</param>
    /// <param name="algorithm">How they carry out collectives.</param>
    /// <param name="words">What to blame in messages.</param>
    /// <param name="errors">Takes what stands against it.</param>
    /// <returns>Null when something does.</returns>
    public static DevicePart? Of(LanguageModel model, Device device, ITimeModel time, Parallelism parallelism, CollectiveAlgorithm algorithm, PassWords words, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(words);
        var before = errors.Count;
        var topology = Check(model, device, parallelism, words, errors);
        if (errors.Count > before) return null;
        return topology is null ? new DevicePart(model, time) : new DevicePart(parallelism.Shard(model), new CollectiveTimeModel(time, topology.Value, algorithm));
    }

    /// <summary>Reports what stands against sharing a model so.</summary>
    /// <returns>What the devices talk over; null when there is one device only, or they have no link.</returns>
    internal static Topology? Check(LanguageModel model, Device device, Parallelism parallelism, PassWords words, InputErrors errors)
    {
        foreach (var (kind, text, remedy) in parallelism.Obstacles(model)) words.Add(errors, PassSetting.Of(kind), text, remedy);
        if (parallelism.Devices == 1) return null;
        var topology = Topology.Of(device);
        if (topology is null)
        {
            var kind = parallelism.Pipeline > 1 && parallelism.DevicesPerStage == 1 ? ParallelKind.Pipeline : parallelism.DataParallelAttention ? ParallelKind.Expert : ParallelKind.Tensor;
            words.Add(errors, PassSetting.Of(kind), $"{device.Name} has no link to other devices", "describe one in its hardware file");
        }

        return topology;
    }
}
