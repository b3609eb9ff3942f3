using LlmSim.Execution.Plans;
using LlmSim.Kernel.Units;

namespace LlmSim.Execution.Schedules;

/// <summary>Looks for a state in which a run has been before, and cuts the repetitions out of what lies ahead.</summary>
internal sealed class FoldSearch
{
    // States remembered: as many sections as the longest pattern of layer kinds that is looked for.
    private const int Remembered = 64;

    private const long Finished = -1, FarAhead = -2;

    private readonly List<int> _order;
    private readonly Scheduler.Head[] _heads;
    private readonly SharedBandwidth _inFlight;
    private readonly int _lookBack, _window;
    private readonly List<(long[] State, int Place, long Time, int Event)> _seen = [];

    public FoldSearch(PassPlan plan, List<int> order, Scheduler.Head[] heads, SharedBandwidth inFlight)
    {
        (_order, _heads, _inFlight) = (order, heads, inFlight);
        _lookBack = plan.Sections.SelectMany(s => s.Activities).SelectMany(a => a.AfterEarlier).Select(e => e.Distance).DefaultIfEmpty(0).Max();
        // A stream further ahead than this is either waiting for what is far ahead too, or prevents folding.
        _window = _lookBack + 4;
    }

    /// <summary>Events recorded so far; kept by the recording.</summary>
    public required Func<int> Events { get; init; }

    /// <summary>Called when the first stream has entered a section.</summary>
    public Fold? Find(long now)
    {
        var place = _heads[0].Place;
        if (place >= _order.Count || Describe(place, now) is not { } state) return null;
        for (var i = _seen.Count - 1; i >= 0; i--)
        {
            if (!_seen[i].State.AsSpan().SequenceEqual(state)) continue;
            var period = place - _seen[i].Place;
            var repeats = Repeats(place, period);
            if (repeats == 0) continue;
            var fold = new Fold(period, repeats, now - _seen[i].Time, _seen[i].Event);
            Cut(place, repeats * period);
            _seen.Clear();
            return fold;
        }

        if (_seen.Count == Remembered) _seen.RemoveAt(0);
        _seen.Add((state, place, now, Events()));
        return null;
    }

    /// <summary>Everything that what follows depends on, relative to this place and moment; null when some stream is in no comparable state.</summary>
    private long[]? Describe(int place, long now)
    {
        var state = new List<long>();
        var first = place;
        foreach (var head in _heads)
        {
            if (head.Place >= _order.Count && !head.Running)
            {
                state.Add(Finished);
                continue;
            }

            if (head.Place > place + _window)
            {
                if (head.Running || head.ReadySince >= 0) return null;
                state.Add(FarAhead);
                continue;
            }

            first = Math.Min(first, head.Place);
            state.Add(head.Place - place);
            state.Add(head.Index);
            state.Add(head.ReadySince < 0 ? -1 : now - head.ReadySince);
            state.Add(head.Running ? 1 : 0);
        }

        for (var i = 0; i < _inFlight.Count; i++)
        {
            state.Add(_inFlight.JobAt(i));
            state.Add(BitConverter.DoubleToInt64Bits(_inFlight.RemainingAt(i)));
        }

        for (var p = first - _lookBack; p < place; p++) state.Add(p < 0 ? -1 : _order[p]);
        return [.. state];
    }

    /// <summary>How many more periods repeat the last one, as far as any stream looks while they run.</summary>
    private int Repeats(int place, int period)
    {
        var ahead = 0;
        var far = int.MaxValue;
        foreach (var head in _heads)
        {
            if (head.Place >= _order.Count) continue;
            if (head.Place > place + _window) far = Math.Min(far, head.Place);
            else ahead = Math.Max(ahead, head.Place - place);
        }

        // Streams move on to the section after the one that they finish, so one more is looked at.
        ahead += _window + 1;
        var limit = Math.Min(_order.Count, far == int.MaxValue ? int.MaxValue : far - _lookBack);
        var equal = 0;
        while (place + equal < limit && _order[place + equal] == _order[place + equal - period]) equal++;
        return Math.Max(0, equal - ahead) / period;
    }

    private void Cut(int place, int count)
    {
        for (var s = 0; s < _heads.Length; s++)
            if (_heads[s].Place > place + _window) _heads[s].Place -= count;
        _order.RemoveRange(place, count);
    }
}
