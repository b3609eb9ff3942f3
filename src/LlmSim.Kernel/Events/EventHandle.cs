namespace LlmSim.Kernel.Events;

/// <summary>Names one scheduled event, so that it can be cancelled. The default value names none.</summary>
/// <param name="Slot">Where its item is kept.</param>
/// <param name="Order">Its place in the total order among events of one time; never used twice.</param>
public readonly record struct EventHandle(int Slot, long Order);
