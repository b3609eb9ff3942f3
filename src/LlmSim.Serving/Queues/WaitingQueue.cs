using LlmSim.Kernel.Chance;
using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Queues;

/// <summary>
/// Requests that wait for admission, in the engine's order. Under FCFS preempted requests go to the front; under every other order they
/// go back to where their key puts them.
/// </summary>
internal sealed class WaitingQueue
{
    private readonly SequenceList _list = new();
    private readonly QueueOrder _order;
    private readonly double _predictorError;
    private readonly double _agingPerNanosecond;
    private readonly ulong _seed;
    private readonly PriorityQueue<Sequence, Key> _sorted = new();

    public WaitingQueue(EngineConfiguration configuration, ulong seed)
    {
        _order = configuration.QueueOrder;
        _predictorError = configuration.PredictorError;
        _agingPerNanosecond = configuration.AgingTokensPerSecond / 1e9;
        _seed = seed;
    }

    public int Count => IsSorted ? _sorted.Count : _list.Count;

    /// <summary>The list itself, for policies that look at every waiting request; only where <see cref="IsSorted"/> is false.</summary>
    public SequenceList List => _list;

    /// <summary>Whether a key decides the order rather than the moment of entering.</summary>
    public bool IsSorted => _order is QueueOrder.Priority or QueueOrder.ShortestJob or QueueOrder.Aging;

    /// <summary>The request to be considered next; null when none waits.</summary>
    public Sequence? First => !IsSorted ? _list.First : _sorted.Count > 0 ? _sorted.Peek() : null;

    /// <summary>Lets a newly arrived request wait.</summary>
    public void Add(Sequence sequence)
    {
        if (!IsSorted)
        {
            _list.AddLast(sequence);
            return;
        }

        sequence.QueueKey = KeyOf(sequence);
        Enter(sequence);
    }

    /// <summary>Takes a preempted request back.</summary>
    public void Return(Sequence sequence)
    {
        // One of several outputs waits for the first time, and by its own length.
        if (sequence.Prompt is not null) sequence.QueueKey = KeyOf(sequence);
        if (IsSorted) Enter(sequence);
        else _list.AddFirst(sequence);
    }

    /// <summary>Takes the first, or, where <see cref="IsSorted"/> is false, one from anywhere.</summary>
    public void Take(Sequence sequence)
    {
        if (!IsSorted) _list.Remove(sequence);
        else if (_sorted.Dequeue() != sequence) throw new InvalidOperationException("only the first of a sorted queue can be taken");
    }

    /// <summary>All that wait, in order.</summary>
    public IEnumerable<Sequence> All()
    {
        foreach (var (sequence, _) in _sorted.UnorderedItems.OrderBy(item => item.Priority)) yield return sequence;
        for (var sequence = _list.First; sequence is not null; sequence = sequence.Next) yield return sequence;
    }

    private double KeyOf(Sequence sequence) => _order switch
    {
        QueueOrder.Priority => sequence.Request.Priority,
        QueueOrder.Aging => Predicted(sequence) + sequence.Request.ArrivalNanoseconds * _agingPerNanosecond,
        _ => Predicted(sequence),
    };

    private void Enter(Sequence sequence) =>
        _sorted.Enqueue(sequence, new Key(sequence.QueueKey, sequence.Request.ArrivalNanoseconds, sequence.Request.Id, sequence.Order));

    /// <summary>Output tokens as the predictor sees them: the truth times a log-normal error that belongs to the request.</summary>
    private double Predicted(Sequence sequence)
    {
        if (_predictorError == 0) return sequence.OutputTokens;
        var state = _seed ^ ((ulong)sequence.Request.Id * 0x9E3779B97F4A7C15);
        return sequence.OutputTokens * Math.Exp(_predictorError * new RandomStream(state).NextNormal());
    }

    private readonly record struct Key(double Value, long Arrival, long Id, long Order) : IComparable<Key>
    {
        public int CompareTo(Key other)
        {
            var order = Value.CompareTo(other.Value);
            if (order == 0) order = Arrival.CompareTo(other.Arrival);
            if (order == 0) order = Id.CompareTo(other.Id);
            return order != 0 ? order : Order.CompareTo(other.Order);
        }
    }
}
