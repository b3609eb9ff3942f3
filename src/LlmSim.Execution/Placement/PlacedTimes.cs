using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Placement;

/// <summary>
/// Operator times of a machine whose operators do not all run on the device: each has the time of the unit on which the policy puts it. Whatever takes a time
/// model (sums of operators, compiled step costs, plans) thereby follows the placement.
/// </summary>
/// <param name="onDevice">Times on the device, collectives included.</param>
/// <param name="device">The machine.</param>
/// <param name="policy">Chooses the unit.</param>
public sealed class PlacedTimes(ITimeModel onDevice, Device device, IPlacementPolicy policy) : ITimeModel
{
    private readonly OtherUnits _others = new(device);

    /// <summary>The policy.</summary>
    public IPlacementPolicy Policy => policy;

    /// <inheritdoc/>
    public string Kind => onDevice.Kind;

    /// <inheritdoc/>
    public BatchNeeds Needs => onDevice.Needs;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Warnings => onDevice.Warnings;

    /// <inheritdoc/>
    public string StatedError(TimedOperators timed)
    {
        ArgumentNullException.ThrowIfNull(timed);
        if (policy == PlacementPolicies.Device) return onDevice.StatedError(timed);
        // What never runs on the device has none of its errors.
        if (policy == PlacementPolicies.CpuLinears) timed = timed.Where(o => o.Kernel is not Linear);
        if (policy == PlacementPolicies.CpuAttention) timed = timed with { Decodes = false };
        return onDevice.StatedError(timed) + "; ideal roofline for units beside the device";
    }

    /// <inheritdoc/>
    public ITimeModel Fresh() => new PlacedTimes(onDevice.Fresh(), device, policy);

    /// <summary>What stands against this policy on this machine, a sentence; null when nothing does.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="device">The machine.</param>
    public static string? Obstacle(IPlacementPolicy policy, Device device)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(device);
        return new OtherUnits(device).Offers(policy.Needs) ? null
            : policy.Needs == UnitKind.InMemory ? $"{device.Name} has no units in its memory"
            : $"{device.Name} describes no host with a processor, memory and a link";
    }

    /// <summary>The unit on which an operator runs, and its time there.</summary>
    /// <param name="spec">The operator.</param>
    /// <param name="work">Its work.</param>
    /// <param name="batch">The batch.</param>
    /// <param name="precision">Number formats.</param>
    public PlacementOption Place(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        var first = new PlacementOption(UnitKind.Device, onDevice.Time(spec, work, batch, precision));
        if (policy == PlacementPolicies.Device) return first;
        Span<PlacementOption> options = stackalloc PlacementOption[3];
        options[0] = first;
        var count = 1;
        if (_others.InMemory(spec, work, batch, precision) is { } inMemory) options[count++] = new PlacementOption(UnitKind.InMemory, inMemory);
        if (_others.Cpu(spec, work, batch, precision) is { } cpu) options[count++] = new PlacementOption(UnitKind.Cpu, cpu);
        return options[policy.Choose(spec, batch, options[..count])];
    }

    /// <inheritdoc/>
    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision) => Place(spec, work, batch, precision).Time;

    /// <inheritdoc/>
    public bool HasMeasured(Collective collective) => onDevice.HasMeasured(collective);
}
