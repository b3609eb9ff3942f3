using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>The constants that a model uses for one class and format, with where they come from.</summary>
/// <param name="Constants">The constants; null where nothing is known and the ideal time stands.</param>
/// <param name="Own">Whether they were fitted on this very device.</param>
public readonly record struct ChosenConstants(TimeConstants? Constants, bool Own);

/// <summary>Chooses constants for a device: its own first, by kernel library where one is asked for; else what its architecture lends; else none.</summary>
/// <param name="device">The device.</param>
/// <param name="unfitted">What may be borrowed.</param>
/// <param name="kernels">Start of the preferred kernel library's name ("trtllm"); null takes the first in the file.</param>
public sealed class ConstantSets(Device device, UnfittedConstants unfitted, string? kernels = null)
{
    /// <summary>The constants for a class and format. A format without constants of its own takes those of 16 bits: efficiencies carry over better than nothing.</summary>
    public ChosenConstants For(OperatorClass kind, NumberFormat? format = null)
    {
        ArgumentNullException.ThrowIfNull(kind);
        if (Pick(device.TimeConstants, kind, format) is { } own) return new(own, true);
        var lent = unfitted.For(device.Architecture).ToList();
        if (Pick(lent, kind, format) is { } borrowed) return new(borrowed, false);
        if (format is null or NumberFormat.Bf16) return new(null, false);
        if (Pick(device.TimeConstants, kind, NumberFormat.Bf16) is { } wider) return new(wider, false);
        return new(Pick(lent, kind, NumberFormat.Bf16), false);
    }

    private TimeConstants? Pick(IReadOnlyList<TimeConstants> from, OperatorClass kind, NumberFormat? format)
    {
        TimeConstants? first = null;
        foreach (var constants in from)
        {
            if (constants.Class != kind.Name || (format is not null && constants.Format is not null && constants.Format != format)) continue;
            if (kernels is null || constants.Kernels.StartsWith(kernels, StringComparison.OrdinalIgnoreCase)) return constants;
            first ??= constants;
        }

        return first;
    }
}
