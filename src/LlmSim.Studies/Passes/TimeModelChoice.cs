using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>Finds the time model that a user asks for by name (<c>--time</c>, or <c>time</c> in a scenario).</summary>
public static class TimeModelChoice
{
    /// <summary>The model for a device.</summary>
    /// <param name="device">The device; null when it could not be found, so that only the name is checked.</param>
    /// <param name="asked">"ideal", "fitted", or null for the default: fitted where the device has constants, else ideal.</param>
    /// <param name="rules">The survey's tool knows ideal times only.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <returns>Null when something is wrong.</returns>
    public static ITimeModel? For(Device? device, string? asked, CountingRules rules, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        switch (asked)
        {
            case "ideal" or null when device is null:
                return null;
            case "ideal":
            case null when rules == CountingRules.LlmViewer || device!.TimeConstants.Count == 0:
                return new IdealTimeModel(device!);
            default:
                errors.Add("--time", 0, "", $"\"{asked}\" is not known", "write ideal or fitted");
                return null;
        }
    }
}
