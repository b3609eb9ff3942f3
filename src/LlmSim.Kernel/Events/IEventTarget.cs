namespace LlmSim.Kernel.Events;

/// <summary>Something that events happen to.</summary>
public interface IEventTarget
{
    /// <summary>An event that was scheduled for this target has come; the loop's clock shows its time.</summary>
    /// <param name="kind">What the scheduler said: which of the target's events it is.</param>
    /// <param name="data">What the scheduler said: an index or a number of the target's own.</param>
    void Happen(int kind, long data);
}
