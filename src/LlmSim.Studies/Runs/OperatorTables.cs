using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;
using LlmSim.Machines.TimeModels.Measured;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Runs;

/// <summary>Lays the measured operator tables that a user names (<c>operatorTables</c>, <c>--table</c>) over a device's operator times.</summary>
public static class OperatorTables
{
    /// <summary>Times from the tables within their points, from another model beyond.</summary>
    /// <param name="beyond">The other model.</param>
    /// <param name="files">The tables; none leaves the other model as it is.</param>
    /// <param name="model">The whole model.</param>
    /// <param name="machine">How devices share it.</param>
    /// <param name="measured">The device as its file describes it: the tables' utilisations are of its roofline.</param>
    /// <param name="device">The device to be timed: the same, but for what the machine sets over it.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="errors">Takes what is wrong with the tables.</param>
    /// <returns>Null when something is wrong.</returns>
    public static ITimeModel? Over(
        ITimeModel beyond, IReadOnlyList<string> files, LanguageModel model, MachineSection machine, Device measured, Device device, Precision precision, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(machine);
        // A model that cannot be divided so is reported by whoever divides it.
        if (files.Count == 0 || machine.Sharing.Obstacles(model).Any()) return beyond;
        var part = new MeasuredPart(machine.Sharing.Devices == 1 ? model : machine.Sharing.Shard(model), precision, machine.TensorParallel);
        return MeasuredTableReader.Read(files, measured, part, errors) is { } table
            ? new MeasuredTimeModel(table, new IdealTimeModel(device), beyond, FittedTimeModel.Suits(device) && AttentionDevice.Of(device, precision.KvCache).FlashAttention2) : null;
    }
}
