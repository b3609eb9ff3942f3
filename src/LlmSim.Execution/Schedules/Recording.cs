namespace LlmSim.Execution.Schedules;

/// <summary>
/// When activities started and ended in a run from which repetitions were cut out, and how the whole run follows from it. Every start and every end is an
/// event with a number; a fold says which stretch of events stands for its repetitions.
/// </summary>
/// <remarks>
/// Events are kept by epoch, the time between two folds: within one epoch places are those of the pass without what was cut out before it, so an
/// epoch's places are found from those of the epoch before by one shift.
/// </remarks>
internal sealed class Recording
{
    private readonly List<Epoch> _epochs = [new()];
    private readonly List<Fold> _folds = [];
    private readonly List<long> _times = [];

    public int Events => _times.Count;

    public long TicksCutOut => _folds.Sum(f => checked(f.Repeats * f.Ticks));

    public void Start(int place, int number, int activities, long time) => Add(_epochs[^1].Starts, place, number, activities, time);

    public void End(int place, int number, int activities, long time) => Add(_epochs[^1].Ends, place, number, activities, time);

    public void Folded(in Fold fold)
    {
        _folds.Add(fold);
        _epochs.Add(new Epoch());
    }

    public long StartOf(int place, int number) => Find(e => e.Starts, 0, place, number) ?? throw Missing(place, number);

    public long EndOf(int place, int number) => Find(e => e.Ends, 0, place, number) ?? throw Missing(place, number);

    /// <summary>When something happened, by the clock and the places of an epoch: in it, after the fold that ends it, or in what that fold cut out.</summary>
    private long? Find(Func<Epoch, List<int[]>> table, int epoch, int place, int number)
    {
        var own = table(_epochs[epoch]);
        if (EventAt(own, place, number) is >= 0 and var happened) return _times[happened];
        if (epoch == _folds.Count) return null;
        var fold = _folds[epoch];
        if (Find(table, epoch + 1, place - fold.Repeats * fold.Period, number) is { } later) return later + fold.Repeats * fold.Ticks;
        for (var repeat = 1; repeat <= fold.Repeats; repeat++)
            if (EventAt(own, place - repeat * fold.Period, number) is var stands && stands >= fold.SinceEvent) return _times[stands] + repeat * fold.Ticks;
        return null;
    }

    private void Add(List<int[]> table, int place, int number, int activities, long time)
    {
        while (table.Count <= place) table.Add([]);
        if (table[place].Length == 0)
        {
            table[place] = new int[activities];
            Array.Fill(table[place], -1);
        }

        table[place][number] = _times.Count;
        _times.Add(time);
    }

    private static int EventAt(List<int[]> table, int place, int number) =>
        place < 0 || place >= table.Count || number >= table[place].Length ? -1 : table[place][number];

    private static ArgumentOutOfRangeException Missing(int place, int number) =>
        new(nameof(place), $"nothing ran as activity {number} at place {place}");

    private sealed class Epoch
    {
        public List<int[]> Starts { get; } = [];

        public List<int[]> Ends { get; } = [];
    }
}
