using LlmSim.Execution.Plans;

namespace LlmSim.Execution.Offloading;

/// <summary>The units of an offloaded pass, each with a stream of its own, and the memories and links that they share.</summary>
internal static class OffloadLanes
{
    public const int Compute = 0, ToDevice = 1, ToHost = 2, FlashRead = 3, FlashWrite = 4, Cpu = 5;

    public const int DeviceMemory = 0, HostMemory = 1;

    public static readonly string[] Names = ["device", "copies to device", "copies to host", "flash reads", "flash writes", "cpu"];

    public static PlanResource[] Resources(OffloadMachine machine) =>
    [
        new(machine.DeviceTier.Name, PlanResourceKind.Memory, machine.Device.MemoryBandwidthBytesPerSecond),
        new(machine.HostTier.Name, PlanResourceKind.Memory, machine.HostBytesPerSecond),
    ];
}
