using LlmSim.Execution.Collectives;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Studies.Runs;

/// <summary>Which times collectives between devices take.</summary>
internal static class CollectiveChoice
{
    /// <summary>The algorithm that is named; else fitted collectives where the device's own were measured, else the α-β model over its links.</summary>
    public static ITimeModel For(ITimeModel time, Device device, Topology topology, CollectiveAlgorithm algorithm = CollectiveAlgorithm.Auto) =>
        algorithm == CollectiveAlgorithm.Auto && time is FittedTimeModel && device.TimeConstants.Any(c => c.Class == OperatorClasses.AllReduce.Name) ? time : new CollectiveTimeModel(time, topology, algorithm);
}
