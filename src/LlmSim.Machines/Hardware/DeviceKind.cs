namespace LlmSim.Machines.Hardware;

/// <summary>What sort of machine a device is; for lists and for people, no time depends on it.</summary>
public enum DeviceKind
{
    /// <summary>Graphics processor.</summary>
    Gpu,

    /// <summary>Google's tensor processor.</summary>
    Tpu,

    /// <summary>Another accelerator with matrix engines and DRAM.</summary>
    Npu,

    /// <summary>Accelerator that keeps weights in on-chip SRAM and has no DRAM.</summary>
    Lpu,

    /// <summary>System on a chip whose processor and accelerator share one memory.</summary>
    Soc,

    /// <summary>General-purpose processor.</summary>
    Cpu,
}
