using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>Finds the time model that a user asks for by name (<c>--time</c>, or <c>time</c> in a scenario).</summary>
public static class TimeModelChoice
{
    /// <summary>The model for a device.</summary>
    /// <param name="device">The device; null when it could not be found, so that only the name is checked.</param>
    /// <param name="asked">"ideal", "fitted", "measured" (fitted beyond the tables), or null for the default: fitted where the device has constants, else ideal.</param>
    /// <param name="tables">Whether measured operator tables are laid over it.</param>
    /// <param name="kernels">The kernel library asked for; null for the first in the device's file.</param>
    /// <param name="rules">The survey's tool knows ideal times only.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <returns>Null when something is wrong.</returns>
    public static ITimeModel? For(Device? device, string? asked, bool tables, string? kernels, CountingRules rules, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        var name = asked ?? (rules == CountingRules.LlmViewer ? "ideal" : "fitted");
        if (tables && rules == CountingRules.LlmViewer) errors.Add("--table", 0, "", "the survey's tool of these rules knows ideal times only", "leave it out, or use --rules standard");
        else if (tables && name == "ideal") errors.Add("--time", 0, "", "\"ideal\" stands beside --table, which is measured", "leave one of the two out");
        if (name == "measured" && !tables) errors.Add("--time", 0, "", "\"measured\" needs a table", "name it with --table");
        if (name == "measured") name = "fitted";
        if (name is not ("ideal" or "fitted"))
        {
            errors.Add("--time", 0, "", $"\"{asked}\" is not known", "write ideal, fitted or measured");
            return null;
        }

        if (name == "fitted" && rules == CountingRules.LlmViewer)
            errors.Add("--time", 0, "", "the survey's tool of these rules knows ideal times only", "leave it out, or use --rules standard");
        if (device is null) return null;
        if (kernels is not null && ProblemOf(kernels, name, device) is { } problem) errors.Add("--kernels", 0, "", problem.What, problem.Remedy);
        var time = TimeModelCatalogue.Create(name, device, HardwareCatalogue.Default, kernels);
        if (asked == "fitted" && time.Kind != "fitted")
            errors.Add("--time", 0, "", $"{device.Name} has no fitted constants", "write ideal, or leave it out");
        return time;
    }

    /// <summary>Why a kernel library cannot be had, and what to do; null where it can.</summary>
    internal static (string What, string Remedy)? ProblemOf(string kernels, string time, Device device)
    {
        if (time == "ideal") return ($"\"{kernels}\" stands beside ideal times, which know no kernels", "leave one of the two out");
        string[] known = [.. device.KernelLibraries];
        return known.Contains(kernels, StringComparer.OrdinalIgnoreCase) ? null
            : ($"\"{kernels}\" was not measured on {device.Name}", known.Length > 0 ? "write " + string.Join(" or ", known) + ", or leave it out" : "leave it out");
    }
}
