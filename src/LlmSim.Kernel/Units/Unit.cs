using LlmSim.Kernel.Events;

namespace LlmSim.Kernel.Units;

/// <summary>
/// A unit that works on at most <see cref="Capacity"/> jobs at a time and keeps the others in order of arrival. With capacity 1 it is an
/// in-order stream.
/// </summary>
public sealed class Unit : IEventTarget
{
    private readonly EventLoop _loop;
    private readonly Action<long> _finished;
    private readonly Queue<(long Job, long Duration)> _waiting = new();
    private long _busySince, _busyTicks;

    /// <summary>A free unit.</summary>
    /// <param name="loop">The clock that it works by.</param>
    /// <param name="capacity">Jobs at a time, at least 1.</param>
    /// <param name="finished">Called with the job's number at the moment that it ends, after the next waiting one has begun.</param>
    public Unit(EventLoop loop, int capacity, Action<long> finished)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_loop, Capacity, _finished) = (loop, capacity, finished);
    }

    /// <summary>Jobs at a time.</summary>
    public int Capacity { get; }

    /// <summary>Jobs being worked on.</summary>
    public int Running { get; private set; }

    /// <summary>Jobs that wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Ticks during which at least one job was being worked on.</summary>
    public long BusyTicks => _busyTicks + (Running > 0 ? _loop.Now - _busySince : 0);

    /// <summary>Brings a job; it begins now when there is room.</summary>
    /// <param name="job">A number of the caller's own.</param>
    /// <param name="duration">In ticks, at least 0.</param>
    public void Submit(long job, long duration)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(duration);
        if (Running < Capacity) Begin(job, duration);
        else _waiting.Enqueue((job, duration));
    }

    void IEventTarget.Happen(int kind, long data)
    {
        Running--;
        if (_waiting.TryDequeue(out var next)) Begin(next.Job, next.Duration);
        if (Running == 0) _busyTicks += _loop.Now - _busySince;
        _finished(data);
    }

    private void Begin(long job, long duration)
    {
        if (Running++ == 0) _busySince = _loop.Now;
        _loop.At(checked(_loop.Now + duration), this, 0, job);
    }
}
