using System.CommandLine;
using LlmSim.Cli.Output;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim hardware</c>: the devices that the catalogue holds.</summary>
internal static class HardwareCommand
{
    public static Command Create() => CatalogueCommand.Create(
        "hardware", "Lists the devices of the catalogue. Example: llmsim hardware show h100-80gb-sxm", "a device of the catalogue, or the path of a hardware file",
        "Prints the file that describes a device: every figure with its source.", Devices, Show);

    /// <summary>A line a device.</summary>
    internal static Sheet Devices()
    {
        var sheet = new Sheet("name", "fp16 FLOP/s", "8-bit OP/s", "memory (B)", "bandwidth (B/s)", "power (W)", "USD/h", "times");
        foreach (var device in HardwareCatalogue.Default.All())
        {
            var matrix = device.Compute.Matrix;
            var eight = Math.Max(matrix[NumberFormat.Fp8], matrix[NumberFormat.Int8]);
            sheet.Add(
                device.Name, Cell.Si(Math.Max(matrix[NumberFormat.Fp16], matrix[NumberFormat.Bf16])), Cell.Si(eight > 0 ? eight : double.NaN),
                Cell.Si(device.MainMemory.CapacityBytes), Cell.Si(device.MemoryBandwidthBytesPerSecond), Cell.Si(device.PowerWatts ?? double.NaN),
                Cell.Si(device.Price?.UsdPerHour ?? double.NaN), Times(device));
        }

        return sheet;
    }

    /// <summary>Where operator times come from by default: constants of its own, of other devices, or the roofline alone.</summary>
    private static string Times(Device device) =>
        device.TimeConstants.Count > 0 ? "fitted" : TimeModelCatalogue.Create("fitted", device, HardwareCatalogue.Default).Kind == "fitted" ? "unfitted" : "ideal";

    private static void Show(string name, TextWriter output)
    {
        // Reading it first checks it, and finds a name in any case.
        var device = HardwareCatalogue.Default.Find(name);
        output.Write(File.ReadAllText(File.Exists(name) ? name : HardwareCatalogue.Default.PathOf(device.Name)));
    }
}
