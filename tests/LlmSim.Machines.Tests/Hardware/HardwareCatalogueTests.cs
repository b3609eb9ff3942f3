using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.Hardware;

public sealed class HardwareCatalogueTests
{
    private static HardwareCatalogue Catalogue { get; } = new(Repository.Path("hardware"));

    [Fact]
    public void Every_shipped_file_is_read_without_an_error()
    {
        var devices = Catalogue.All().ToList();
        Assert.True(devices.Count >= 45, $"{devices.Count} devices");
        foreach (var device in devices)
        {
            Assert.True(device.MemoryBandwidthBytesPerSecond > 1e9, device.Name);
            Assert.NotEmpty(device.Compute.Origin.Source);
            // A dense peak that is out of proportion betrays a sparse figure or a slip of a power of ten.
            var ridge = Arithmetic.Rate(NumberFormat.Fp16, device.Compute.Matrix, device.Compute.Vector).OperationsPerSecond / device.MemoryBandwidthBytesPerSecond;
            Assert.InRange(ridge, 1, 700);
        }
    }

    [Theory]
    [InlineData("v100-32gb-sxm"), InlineData("t4"), InlineData("a10"), InlineData("a40"), InlineData("a6000"), InlineData("a100-40gb-sxm")]
    [InlineData("a100-80gb-sxm"), InlineData("l4"), InlineData("l40s"), InlineData("h100-80gb-sxm"), InlineData("h100-pcie"), InlineData("h200")]
    [InlineData("b200"), InlineData("mi210"), InlineData("mi300x"), InlineData("mi325x"), InlineData("rtx-3090"), InlineData("rtx-4090")]
    [InlineData("rtx-5090"), InlineData("rtx-pro-6000"), InlineData("tpu-v5e"), InlineData("tpu-v5p"), InlineData("tpu-v6e"), InlineData("gaudi-2")]
    [InlineData("gaudi-3"), InlineData("groq-lpu"), InlineData("jetson-agx-orin"), InlineData("cpu-desktop"), InlineData("a100-hbm-pim")]
    [InlineData("a100-aim"), InlineData("xeon-pim-dimm"), InlineData("llm-viewer/nvidia_a6000"), InlineData("H200")]
    public void A_device_is_found_by_name_in_any_case(string name) =>
        Assert.Equal(name, Catalogue.Find(name).Name, ignoreCase: true);

    [Fact]
    public void A_mistyped_name_is_answered_with_the_nearest()
    {
        var error = Assert.Throws<InputException>(() => Catalogue.Find("h100-80g-sxm"));
        Assert.Contains("h100-80gb-sxm", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_path_is_read_wherever_it_lies() =>
        Assert.Equal("a6000", Catalogue.Find(Repository.Path("hardware/a6000.json")).Name);

    [Fact]
    public void The_A6000_of_the_survey_has_its_figures()
    {
        var device = Catalogue.Find("llm-viewer/nvidia_a6000");
        Assert.Equal(154.8385e12, device.Compute.Matrix[NumberFormat.Fp16]);
        Assert.Equal(309.7e12, device.Compute.Matrix[NumberFormat.Int8]);
        Assert.Equal(768e9, device.MemoryBandwidthBytesPerSecond);
        Assert.Equal(21504e3, device.MemoryOf(MemoryKind.Scratchpad)!.CapacityBytes);
    }

    [Fact]
    public void In_memory_units_stand_beside_their_hosts()
    {
        foreach (var name in new[] { "a100-hbm-pim", "a100-aim", "xeon-pim-dimm" })
        {
            var unit = Assert.Single(Catalogue.Find(name).InMemoryUnits);
            Assert.True(unit.InternalBandwidthBytesPerSecond > unit.ExternalBandwidthBytesPerSecond);
        }
    }
}
