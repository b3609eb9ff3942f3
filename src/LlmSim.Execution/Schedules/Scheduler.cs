using LlmSim.Execution.Plans;
using LlmSim.Kernel.Units;

namespace LlmSim.Execution.Schedules;

/// <summary>
/// Runs a plan: every stream issues its activities in order; one starts when the stream is free, what it waits for has ended and its unit is free;
/// those in flight share memories and links.
/// </summary>
/// <remarks>
/// Implementation note on folding. Since streams are in order, the state of a run is where each stream stands and how much the activities in flight have
/// left. When the first stream enters a section in a state that it has been in before, relative to that section, and the sections around are those that
/// were around then, what follows is what followed then, only later. So the repetitions are cut out of the rest of the pass, the run goes on as if nothing
/// had happened, and <see cref="PassSchedule"/> puts them back. All of it is differences of whole ticks and the same floating-point
/// operations on the same numbers: a folded run equals an unfolded one to the tick.
/// </remarks>
public sealed class Scheduler
{
    private const int None = -1;

    private readonly PassPlan _plan;
    private readonly List<int> _order;
    private readonly SectionIndex[] _sections;
    private readonly SharedBandwidth _inFlight;
    private readonly int[] _unitUser;
    private readonly Head[] _heads;
    private readonly Recording _recording = new();
    private readonly FoldSearch? _folding;
    private long _now;

    private Scheduler(PassPlan plan, bool fold)
    {
        var problems = plan.Problems();
        if (problems.Count > 0) throw new PlanException(problems);
        _plan = plan;
        _order = [.. plan.Order];
        _sections = [.. plan.Sections.Select(s => new SectionIndex(s, plan.Streams.Count))];
        _inFlight = new SharedBandwidth(plan.Resources.Count);
        _unitUser = new int[plan.Units.Count];
        Array.Fill(_unitUser, None);
        _heads = new Head[plan.Streams.Count];
        if (fold) _folding = new FoldSearch(plan, _order, _heads, _inFlight) { Events = () => _recording.Events };
    }

    /// <summary>Runs a plan to its end.</summary>
    /// <param name="plan">What to run.</param>
    /// <param name="fold">Whether repeating sections are skipped once they repeat; the result is the same.</param>
    /// <exception cref="PlanException">The plan is wrong in itself, or its dependencies form a cycle.</exception>
    public static PassSchedule Run(PassPlan plan, bool fold = true)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var scheduler = new Scheduler(plan, fold);
        scheduler.RunToEnd();
        return new PassSchedule(plan, scheduler._recording, scheduler._now);
    }

    private void RunToEnd()
    {
        for (var s = 0; s < _heads.Length; s++) Settle(s);
        StartReady();
        while (_inFlight.TryNext(out var time, out var index))
        {
            _now = time;
            var stream = _inFlight.JobAt(index);
            _inFlight.End(time, index);
            ref var head = ref _heads[stream];
            var activity = ActivityOf(head, stream, out var number);
            _recording.End(head.Place, number, _sections[_order[head.Place]].Section.Activities.Count, time);
            _unitUser[activity.Unit] = None;
            head.Running = false;
            head.Index++;
            var entered = Settle(stream);
            if (stream == 0 && entered && _folding?.Find(_now) is { } fold) _recording.Folded(fold);
            StartReady();
        }

        if (Array.Exists(_heads, h => h.Place < _order.Count)) throw new PlanException(Stuck());
    }

    /// <summary>Moves a stream on to its next activity; says whether it entered a section.</summary>
    private bool Settle(int stream)
    {
        ref var head = ref _heads[stream];
        var entered = false;
        while (head.Place < _order.Count && head.Index >= _sections[_order[head.Place]].OfStream[stream].Length)
        {
            head.Place++;
            head.Index = 0;
            entered = true;
        }

        head.ReadySince = None;
        return entered;
    }

    private void StartReady()
    {
        while (true)
        {
            // Of those that could start now: the one that has been ready longest, then the first stream.
            var chosen = None;
            for (var s = 0; s < _heads.Length; s++)
            {
                ref var head = ref _heads[s];
                if (head.Running || head.Place >= _order.Count) continue;
                var activity = ActivityOf(head, s, out var number);
                if (head.ReadySince < 0)
                {
                    if (!IsReady(head.Place, number)) continue;
                    head.ReadySince = _now;
                }

                if (_unitUser[activity.Unit] == None && (chosen == None || head.ReadySince < _heads[chosen].ReadySince)) chosen = s;
            }

            if (chosen == None) return;
            Start(chosen);
        }
    }

    private void Start(int stream)
    {
        ref var head = ref _heads[stream];
        var activity = ActivityOf(head, stream, out var number);
        _recording.Start(head.Place, number, _sections[_order[head.Place]].Section.Activities.Count, _now);
        _unitUser[activity.Unit] = stream;
        head.Running = true;
        _inFlight.Start(_now, stream, activity.Picoseconds, activity.Demands);
    }

    private bool IsReady(int place, int number)
    {
        var section = _sections[_order[place]];
        var activity = section.Section.Activities[number];
        foreach (var after in activity.After)
            if (!HasEnded(place, section, after)) return false;
        foreach (var earlier in activity.AfterEarlier)
        {
            if (earlier.Distance > place) continue;
            var there = _sections[_order[place - earlier.Distance]];
            if (there.ByName.TryGetValue(earlier.Activity, out var other) && !HasEnded(place - earlier.Distance, there, other)) return false;
        }

        return true;
    }

    private bool HasEnded(int place, SectionIndex section, int number)
    {
        ref readonly var head = ref _heads[section.Section.Activities[number].Stream];
        return head.Place > place || (head.Place == place && head.Index > section.PositionInStream[number]);
    }

    private Activity ActivityOf(in Head head, int stream, out int number)
    {
        var section = _sections[_order[head.Place]];
        number = section.OfStream[stream][head.Index];
        return section.Section.Activities[number];
    }

    private List<string> Stuck()
    {
        var found = new List<string>();
        for (var s = 0; s < _heads.Length; s++)
        {
            if (_heads[s].Place >= _order.Count) continue;
            var activity = ActivityOf(_heads[s], s, out _);
            found.Add(
                $"{_plan.Streams[s]} waits forever to start {_sections[_order[_heads[s].Place]].Section.Name}/{activity.Name}: its dependencies form a cycle");
        }

        return found;
    }

    /// <summary>Where a stream stands.</summary>
    internal struct Head
    {
        /// <summary>Place in the pass; the length of the pass when it has issued everything.</summary>
        public int Place;

        /// <summary>Which of its activities in that section is next or running.</summary>
        public int Index;

        /// <summary>Since when that activity could have started but for its unit; −1 while it waits for others.</summary>
        public long ReadySince;

        /// <summary>Whether it is running.</summary>
        public bool Running;
    }

    private sealed class SectionIndex
    {
        public SectionIndex(PlanSection section, int streams)
        {
            Section = section;
            OfStream = [.. Enumerable.Range(0, streams).Select(s => Enumerable.Range(0, section.Activities.Count)
                .Where(i => section.Activities[i].Stream == s).ToArray())];
            PositionInStream = new int[section.Activities.Count];
            foreach (var list in OfStream)
                for (var i = 0; i < list.Length; i++) PositionInStream[list[i]] = i;
            for (var i = 0; i < section.Activities.Count; i++) ByName.TryAdd(section.Activities[i].Name, i);
        }

        public PlanSection Section { get; }

        public int[][] OfStream { get; }

        public int[] PositionInStream { get; }

        public Dictionary<string, int> ByName { get; } = [];
    }
}
