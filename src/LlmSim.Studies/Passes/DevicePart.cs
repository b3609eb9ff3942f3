using LlmSim.Execution.Collectives;
using LlmSim.Execution.Parallelism;
using LlmSim.Files;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>What one of several devices that share every layer executes, and how long its operators and collectives take.</summary>
/// <param name="Model">The device's part of the model.</param>
/// <param name="Time">Operator times, collectives included.</param>
public sealed record DevicePart(LanguageModel Model, ITimeModel Time)
{
    /// <summary>Divides a model among devices.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="device">The device; all are alike.</param>
    /// <param name="time">Operator times of one device.</param>
    /// <param name="devices">Devices, at least 1.</param>
    /// <param name="member">What to blame in messages: "--tp".</param>
    /// <param name="errors">Takes what stands against it.</param>
    /// <returns>Null when something does.</returns>
    public static DevicePart? Of(LanguageModel model, Device device, ITimeModel time, int devices, string member, InputErrors errors)
    {
        if (devices == 1) return new DevicePart(model, time);
        var obstacles = TensorParallel.Obstacles(model, devices);
        foreach (var obstacle in obstacles) errors.Add(member, 0, "", obstacle, "choose a number that divides the heads");
        var topology = Topology.Of(device);
        if (topology is null) errors.Add(member, 0, "", $"{device.Name} has no link to other devices", "describe one in its hardware file");
        if (topology is null || obstacles.Count > 0) return null;
        return new DevicePart(TensorParallel.Shard(model, devices), new CollectiveTimeModel(time, topology.Value));
    }
}
