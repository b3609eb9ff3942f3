using LlmSim.Kernel.Time;

namespace LlmSim.Kernel.Events;

/// <summary>
/// A clock and the events before it. Single-threaded and synchronous; it can be run to a given time, be given more events, and go on,
/// with the same results as one run.
/// </summary>
/// <param name="tick">The unit of its clock.</param>
public sealed class EventLoop(Tick tick)
{
    private readonly EventQueue<(IEventTarget Target, int Kind, long Data)> _queue = new();

    /// <summary>The unit of the clock.</summary>
    public Tick Tick { get; } = tick;

    /// <summary>Simulated time, in ticks.</summary>
    public long Now { get; private set; }

    /// <summary>Events that have happened.</summary>
    public long Happened { get; private set; }

    /// <summary>Events that have not happened yet.</summary>
    public int Pending => _queue.Count;

    /// <summary>Schedules an event; allocates nothing.</summary>
    /// <param name="time">When, in ticks; not before now.</param>
    /// <param name="target">Whom it happens to.</param>
    /// <param name="kind">Which of the target's events it is.</param>
    /// <param name="data">A number of the target's own.</param>
    /// <param name="priority">Among events of one time the smaller comes first.</param>
    /// <exception cref="ArgumentOutOfRangeException">The time has passed.</exception>
    public EventHandle At(long time, IEventTarget target, int kind = 0, long data = 0, int priority = 0)
    {
        if (time < Now) throw new ArgumentOutOfRangeException(nameof(time), time, $"before the present, {Now}");
        return _queue.Schedule(time, (target, kind, data), priority);
    }

    /// <summary>Takes an event out before its time; false when it is no longer pending.</summary>
    public bool Cancel(EventHandle handle) => _queue.Cancel(handle);

    /// <summary>Lets the next event happen; false when there is none.</summary>
    public bool Step()
    {
        if (!_queue.TryTake(out var time, out var next)) return false;
        Now = time;
        Happened++;
        next.Target.Happen(next.Kind, next.Data);
        return true;
    }

    /// <summary>Lets events happen until none is left.</summary>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Lets all events up to and including a time happen, and sets the clock to it.</summary>
    /// <param name="time">In ticks; not before now.</param>
    public void RunUntil(long time)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, Now);
        while (_queue.TryPeek(out var next) && next <= time) Step();
        Now = time;
    }
}
