using LlmSim.Kernel.Events;

namespace LlmSim.Kernel.Units;

/// <summary>A unit that works on all its jobs at once, each at an equal part of its speed (processor sharing): a link, a memory.</summary>
public sealed class SharedUnit : IEventTarget
{
    private static readonly Demand[] s_whole = [new(0, 1)];

    private readonly EventLoop _loop;
    private readonly Action<int> _finished;
    private readonly SharedBandwidth _sharing = new(1);
    private EventHandle _next;

    /// <summary>An idle unit.</summary>
    /// <param name="loop">The clock that it works by.</param>
    /// <param name="finished">Called with the job's number at the moment that it ends.</param>
    public SharedUnit(EventLoop loop, Action<int> finished) => (_loop, _finished) = (loop, finished);

    /// <summary>Jobs in flight.</summary>
    public int Running => _sharing.Count;

    /// <summary>Brings a job, which begins now.</summary>
    /// <param name="job">A number of the caller's own.</param>
    /// <param name="duration">What it takes alone, in ticks.</param>
    public void Submit(int job, long duration)
    {
        _sharing.Start(_loop.Now, job, duration, s_whole);
        ScheduleNext();
    }

    void IEventTarget.Happen(int kind, long data)
    {
        var job = _sharing.JobAt((int)data);
        _sharing.End(_loop.Now, (int)data);
        ScheduleNext();
        _finished(job);
    }

    private void ScheduleNext()
    {
        _loop.Cancel(_next);
        _next = _sharing.TryNext(out var time, out var index) ? _loop.At(time, this, 0, index) : default;
    }
}
