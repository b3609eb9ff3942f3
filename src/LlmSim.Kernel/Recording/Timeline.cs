using LlmSim.Kernel.Time;

namespace LlmSim.Kernel.Recording;

/// <summary>What a simulation records to be looked at later. Recording allocates per batch of some thousand records, never per record.</summary>
/// <param name="tick">The unit of its times.</param>
public sealed class Timeline(Tick tick)
{
    private readonly List<Track> _tracks = [];
    private readonly List<string> _names = [];
    private readonly Dictionary<string, int> _indexOfName = [];
    private readonly Batches<Span> _spans = new();
    private readonly Batches<CounterPoint> _counters = new();
    private readonly Batches<Flow> _flows = new();

    /// <summary>The unit of its times.</summary>
    public Tick Tick { get; } = tick;

    /// <summary>Rows, in the order in which they were added.</summary>
    public IReadOnlyList<Track> Tracks => _tracks;

    /// <summary>Spans, in the order in which they were recorded; a span's number is its place here.</summary>
    public IEnumerable<Span> Spans => _spans.All();

    /// <summary>Values of counters, in the order in which they were recorded.</summary>
    public IEnumerable<CounterPoint> Counters => _counters.All();

    /// <summary>Dependencies between spans.</summary>
    public IEnumerable<Flow> Flows => _flows.All();

    /// <summary>Spans recorded so far.</summary>
    public long SpanCount => _spans.Count;

    /// <summary>What was left out, in sentences for people; empty when everything is here.</summary>
    public IList<string> LeftOut { get; } = [];

    /// <summary>Adds a row.</summary>
    /// <returns>Its index.</returns>
    public int AddTrack(string name, string group, bool isCounter = false)
    {
        _tracks.Add(new Track(name, group, isCounter));
        return _tracks.Count - 1;
    }

    /// <summary>The index of a name, equal for equal names.</summary>
    public int Intern(string name)
    {
        if (_indexOfName.TryGetValue(name, out var index)) return index;
        _names.Add(name);
        _indexOfName.Add(name, _names.Count - 1);
        return _names.Count - 1;
    }

    /// <summary>The name with this index.</summary>
    public string NameOf(int index) => _names[index];

    /// <summary>Records a span.</summary>
    /// <returns>Its number, for flows.</returns>
    public long AddSpan(int track, int name, long start, long end, int detail = -1, long number = -1)
    {
        _spans.Add(new Span(track, name, start, end, detail, number));
        return _spans.Count - 1;
    }

    /// <summary>Records the value of a counter from a moment on.</summary>
    public void AddCounter(int track, long time, double value) => _counters.Add(new CounterPoint(track, time, value));

    /// <summary>Records that one span had to wait for another.</summary>
    public void AddFlow(long from, long to) => _flows.Add(new Flow(from, to));

    /// <summary>The span with this number.</summary>
    public Span SpanAt(long number) => _spans[number];
}
