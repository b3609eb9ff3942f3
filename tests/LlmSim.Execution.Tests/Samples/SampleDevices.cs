using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Execution.Tests.Samples;

/// <summary>Devices written out by hand, so that these tests do not stand on the catalogue.</summary>
internal static class SampleDevices
{
    private static readonly Origin s_origin = new("test", Confidence.High);

    /// <summary>Round figures: 100 TFLOP/s, 1 TB/s, 25 GB/s to a host with 100 GB/s and 1 TFLOP/s.</summary>
    public static Device Round { get; } = new()
    {
        Name = "round",
        Title = "Round",
        Vendor = "test",
        Kind = DeviceKind.Gpu,
        Architecture = "test",
        Compute = new ComputeUnits { Matrix = Rates(100e12), Vector = Rates(50e12), Origin = s_origin },
        Memories =
        [
            new Machines.Hardware.Memory { Name = "hbm", Kind = MemoryKind.Device, CapacityBytes = 40e9, BandwidthBytesPerSecond = 1e12, Origin = s_origin },
            new Machines.Hardware.Memory { Name = "host", Kind = MemoryKind.Host, CapacityBytes = 200e9, BandwidthBytesPerSecond = 100e9, Link = "pcie", Origin = s_origin },
            new Machines.Hardware.Memory
            {
                Name = "flash", Kind = MemoryKind.Flash, CapacityBytes = 2e12, BandwidthBytesPerSecond = 4e9, WriteBandwidthBytesPerSecond = 2e9, Link = "pcie",
                Origin = s_origin,
            },
        ],
        Links =
        [
            new Link { Name = "nvlink", Kind = LinkKind.Peer, BandwidthBytesPerSecond = 300e9, LatencySeconds = 2e-6, Devices = 8, Origin = s_origin },
            new Link { Name = "pcie", Kind = LinkKind.Host, BandwidthBytesPerSecond = 25e9, LatencySeconds = 10e-6, Origin = s_origin },
        ],
        Host = new HostProcessor { Title = "cpu", Cores = 16, Rates = Rates(1e12), Origin = s_origin },
    };

    /// <summary>The same with units in its memory that see four times its bandwidth.</summary>
    public static Device WithPim { get; } = Round with
    {
        InMemoryUnits =
        [
            new InMemoryUnit
            {
                Name = "pim", Count = 4, Rates = Rates(8e12), CapacityBytes = 40e9, InternalBandwidthBytesPerSecond = 4e12,
                ExternalBandwidthBytesPerSecond = 1e12, Memory = "hbm", Origin = s_origin,
            },
        ],
    };

    private static FormatRates Rates(double rate) => new([new(NumberFormat.Fp16, rate), new(NumberFormat.Fp32, rate)]);
}
