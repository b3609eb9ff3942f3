using LlmSim.Files;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels;

/// <summary>Time models by the names that people write after <c>--time</c>.</summary>
public static class TimeModelCatalogue
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["fitted", "ideal", "measured"];

    /// <summary>
    /// The model of a name. "fitted" on a device that fitted formulas do not describe (anything but a GPU) or for which no constants are known is the ideal
    /// one; its <see cref="ITimeModel.Kind"/> says so.
    /// </summary>
    /// <param name="name">"ideal" or "fitted"; "measured" needs a table and is made by whoever reads it.</param>
    /// <param name="device">The device.</param>
    /// <param name="catalogue">Where constants may be borrowed.</param>
    /// <param name="kernels">Start of the preferred kernel library's name ("trtllm"); null takes the first in the device's file.</param>
    /// <param name="fusedQuantization">Whether the engine quantises activations in the operators that make them, not in kernels of their own.</param>
    /// <exception cref="InputException">No model has that name.</exception>
    public static ITimeModel Create(string name, Device device, HardwareCatalogue catalogue, string? kernels = null, bool fusedQuantization = false)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(catalogue);
        if (string.Equals(name, "ideal", StringComparison.OrdinalIgnoreCase)) return new IdealTimeModel(device);
        if (!string.Equals(name, "fitted", StringComparison.OrdinalIgnoreCase))
            throw new InputException(new InputError("--time", 0, "", $"\"{name}\" is no time model", Files.Names.Suggest(name, [.. Names])));
        if (!FittedTimeModel.Suits(device)) return new IdealTimeModel(device);
        var unfitted = UnfittedConstants.Load(catalogue.Folder);
        return device.TimeConstants.Count > 0 || unfitted.For(device.Architecture).Any()
            ? new FittedTimeModel(device, unfitted, kernels, fusedQuantization) : new IdealTimeModel(device);
    }
}
