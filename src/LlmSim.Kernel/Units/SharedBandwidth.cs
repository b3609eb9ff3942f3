namespace LlmSim.Kernel.Units;

/// <summary>
/// Jobs in flight that share the bandwidth of memories and links. A job alone takes its own duration; where a resource cannot serve
/// everybody at full speed it is divided fairly: the jobs' dominant shares are raised together until a resource is full or a job is at full speed
/// (progressive filling, which for equal jobs on one resource is processor sharing). Rates change only when a job starts or ends.
/// </summary>
/// <remarks>
/// A passive state: its owner asks for the next completion and tells what happens. Moments are whole ticks; a completion that falls between two
/// of them is rounded up, so that each completion wastes less than one tick of work. All arithmetic is on differences of time, so equal
/// situations at different times develop equally.
/// </remarks>
public sealed class SharedBandwidth
{
    // Remainders of repeated subtraction; far below one tick, far above the rounding of doubles at any sensible duration.
    private const double Noise = 1e-6;

    private readonly double[] _free;
    private readonly double[] _growth;
    private Job[] _jobs = new Job[8];
    private Demand[] _demands = new Demand[16];
    private long _updated;

    /// <summary>Nothing in flight.</summary>
    /// <param name="resources">How many memories and links there are.</param>
    public SharedBandwidth(int resources)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(resources);
        _free = new double[resources];
        _growth = new double[resources];
    }

    /// <summary>Jobs in flight.</summary>
    public int Count { get; private set; }

    /// <summary>Number that the caller gave to a job in flight.</summary>
    /// <param name="index">From 0, in order of starting.</param>
    public int JobAt(int index) => _jobs[index].Number;

    /// <summary>Work that a job in flight has left, in ticks at full speed.</summary>
    /// <param name="index">From 0, in order of starting.</param>
    public double RemainingAt(int index) => _jobs[index].Remaining;

    /// <summary>Speed of a job in flight, 1 when nobody slows it.</summary>
    /// <param name="index">From 0, in order of starting.</param>
    public double RateAt(int index) => _jobs[index].Rate;

    /// <summary>A job begins.</summary>
    /// <param name="now">In ticks, not before anything that was told earlier.</param>
    /// <param name="number">The caller's number for it.</param>
    /// <param name="duration">What it takes alone, in ticks, at least 0.</param>
    /// <param name="demands">The resources that it uses, each at most once.</param>
    public void Start(long now, int number, long duration, ReadOnlySpan<Demand> demands)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(duration);
        Progress(now);
        var firstDemand = Count == 0 ? 0 : _jobs[Count - 1].EndDemand;
        while (_demands.Length < firstDemand + demands.Length) Array.Resize(ref _demands, 2 * _demands.Length);
        demands.CopyTo(_demands.AsSpan(firstDemand));
        if (Count == _jobs.Length) Array.Resize(ref _jobs, 2 * Count);
        var dominant = 0.0;
        foreach (var demand in demands) dominant = Math.Max(dominant, demand.Share);
        _jobs[Count++] = new Job
        {
            Number = number,
            Remaining = duration,
            Dominant = dominant,
            FirstDemand = firstDemand,
            EndDemand = firstDemand + demands.Length,
        };
        Divide();
    }

    /// <summary>The next completion when nothing else happens before it; false when nothing is in flight. Of equal ones the job that started first.</summary>
    public bool TryNext(out long time, out int index)
    {
        (time, index) = (long.MaxValue, -1);
        for (var i = 0; i < Count; i++)
        {
            var left = Math.Ceiling(_jobs[i].Remaining / _jobs[i].Rate - Noise);
            var end = _updated + (left > 0 ? (long)left : 0);
            if (end < time) (time, index) = (end, i);
        }

        return index >= 0;
    }

    /// <summary>A job ends, be it done or not.</summary>
    /// <param name="now">In ticks, not before anything that was told earlier.</param>
    /// <param name="index">From 0, in order of starting.</param>
    public void End(long now, int index)
    {
        Progress(now);
        var gone = _jobs[index].EndDemand - _jobs[index].FirstDemand;
        if (gone > 0)
            _demands.AsSpan(_jobs[index].EndDemand, _jobs[Count - 1].EndDemand - _jobs[index].EndDemand).CopyTo(_demands.AsSpan(_jobs[index].FirstDemand));
        Count--;
        for (var i = index; i < Count; i++)
        {
            _jobs[i] = _jobs[i + 1];
            _jobs[i].FirstDemand -= gone;
            _jobs[i].EndDemand -= gone;
        }

        Divide();
    }

    private void Progress(long now)
    {
        var elapsed = now - _updated;
        ArgumentOutOfRangeException.ThrowIfNegative(elapsed, nameof(now));
        for (var i = 0; elapsed > 0 && i < Count; i++) _jobs[i].Remaining -= elapsed * _jobs[i].Rate;
        _updated = now;
    }

    private void Divide()
    {
        Array.Fill(_free, 1);
        var open = Count;
        for (var i = 0; i < Count; i++)
        {
            _jobs[i].Rate = 1;
            foreach (var demand in DemandsOf(_jobs[i])) _free[demand.Resource] -= demand.Share;
        }

        if (!Array.Exists(_free, f => f < -1e-12)) return;

        Array.Fill(_free, 1);
        for (var i = 0; i < Count; i++) _jobs[i].Rate = _jobs[i].Dominant > 0 ? -1 : 1;
        // Level: the dominant share that all jobs not yet settled have reached. Every round settles at least one job.
        var level = 0.0;
        while (open > 0)
        {
            Array.Clear(_growth);
            var next = double.PositiveInfinity;
            open = 0;
            for (var i = 0; i < Count; i++)
            {
                if (_jobs[i].Rate >= 0) continue;
                open++;
                next = Math.Min(next, _jobs[i].Dominant);
                foreach (var demand in DemandsOf(_jobs[i])) _growth[demand.Resource] += demand.Share / _jobs[i].Dominant;
            }

            if (open == 0) break;
            var full = -1;
            for (var r = 0; r < _free.Length; r++)
            {
                if (_growth[r] <= 0) continue;
                var reach = level + Math.Max(0, _free[r]) / _growth[r];
                if (reach < next) (next, full) = (reach, r);
            }

            for (var r = 0; r < _free.Length; r++) _free[r] -= (next - level) * _growth[r];
            level = next;
            for (var i = 0; i < Count; i++)
                if (_jobs[i].Rate < 0 && (full >= 0 ? Uses(_jobs[i], full) : _jobs[i].Dominant <= level)) _jobs[i].Rate = level / _jobs[i].Dominant;
        }
    }

    private bool Uses(in Job job, int resource)
    {
        foreach (var demand in DemandsOf(job))
            if (demand.Resource == resource) return true;
        return false;
    }

    private ReadOnlySpan<Demand> DemandsOf(in Job job) => _demands.AsSpan(job.FirstDemand, job.EndDemand - job.FirstDemand);

    private struct Job
    {
        public int Number;
        public double Remaining;
        public double Rate;
        public double Dominant;
        public int FirstDemand;
        public int EndDemand;
    }
}
