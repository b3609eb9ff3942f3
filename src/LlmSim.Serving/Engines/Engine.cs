using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.KvCaches;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Engines;

/// <summary>
/// One replica: requests wait, the policy batches them, the KV cache grants blocks, the step cost says how long an iteration takes, and
/// its end advances the requests. Iterations in which the same sequences only decode repeat without asking the policy.
/// </summary>
internal sealed partial class Engine
{
    private readonly BatchNeeds _needs;
    private readonly IEngineOwner _owner;
    private readonly StepTimer _timer;
    private readonly IServingObserver? _batches;
    private readonly Lane[] _lanes;
    private readonly List<Sequence> _finished = [];
    private readonly SequenceList _unseen = new();
    private readonly int _laneSeats;
    private long _orders;
    private long _accounted;
    private long _copied;
    private int _preempted;

    public Engine(int replica, EngineConfiguration configuration, IStepCost cost, TokenGaps gaps, ulong seed, IEngineOwner owner, IServingObserver? observer)
    {
        Replica = replica;
        Configuration = configuration;
        _needs = cost.Needs;
        _owner = owner;
        _batches = observer?.WantsBatches == true ? observer : null;
        _timer = new StepTimer(configuration, cost, Totals);
        Gaps = gaps;
        Waiting = new WaitingQueue(configuration, seed);
        Kv = new KvCache(configuration.KvBlocks, configuration.BlockTokens, configuration.PrefixCache, configuration.Policy.PrefixTree) { Window = configuration.SlidingWindow };
        Swapped = new SwapSpace(this);
        Inbox = new Inbox(this);
        _lanes = new Lane[configuration.BatchesInFlight > 0 ? configuration.BatchesInFlight : cost.Stages];
        for (var i = 0; i < _lanes.Length; i++)
        {
            var policy = configuration.Policy.Create(configuration);
            _lanes[i] = new Lane(this, i, policy, new DecodeSet(cost.Needs, configuration.BlockTokens, policy.Paged, configuration.SlidingWindow, gaps), observer);
        }

        Lane = _lanes[0];
        var share = configuration.Policy.SharesSeats ? (configuration.MaxSequences + _lanes.Length - 1) / _lanes.Length : configuration.MaxSequences;
        _laneSeats = configuration.MaxBatchSequences > 0 ? configuration.MaxBatchSequences : share;
        Totals.KvBlocks = configuration.KvBlocks;
        Totals.BlockTokens = configuration.BlockTokens;
    }

    public int Replica { get; }

    public EngineConfiguration Configuration { get; }

    /// <summary>The batch in flight that is being put together or has just ended: what the policy sees.</summary>
    public Lane Lane { get; private set; }

    public IBatchingPolicy Policy => Lane.Policy;

    public WaitingQueue Waiting { get; }

    /// <summary>Admitted and unfinished sequences of this lane, in the order in which the policy admitted them.</summary>
    public SequenceList Running => Lane.Running;

    public DecodeSet Decodes => Lane.Decodes;

    public Batch Batch => Lane.Batch;

    public KvCache Kv { get; }

    public TokenGaps Gaps { get; }

    public ReplicaTotals Totals { get; } = new();

    /// <summary>Sequences that are preempted to host memory and wait there.</summary>
    public SwapSpace Swapped { get; }

    /// <summary>Sequences that come from a prefill replica.</summary>
    public Inbox Inbox { get; }

    /// <summary>The moment at which the policy is deciding.</summary>
    public long Now { get; private set; }

    /// <summary>End of the iteration under way that ends first; <see cref="long.MaxValue"/> while idle.</summary>
    public long End => _lanes.Length == 1 ? _lanes[0].End : First().End;

    /// <summary>Duration of the iteration that ended last.</summary>
    public long LastDuration { get; private set; }

    /// <summary>Admitted and unfinished sequences of all lanes.</summary>
    public int RunningCount
    {
        get
        {
            var count = 0;
            foreach (var lane in _lanes) count += lane.Running.Count;
            return count;
        }
    }

    /// <summary>Requests that wait for admission, those not yet seen included.</summary>
    public int WaitingCount => Waiting.Count + _unseen.Count;

    /// <summary>Requests here that are not finished.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Tokens that those still have to process and to produce, as a router sees them: prompts at full, outputs unknown.</summary>
    public long OutstandingPromptTokens { get; private set; }

    /// <summary>Tokens that the waiting requests will need in the cache to start with.</summary>
    public long WaitingPromptTokens { get; private set; }

    /// <summary>Lets a request wait here.</summary>
    public void Enqueue(Sequence sequence)
    {
        CountIn(sequence);
        WaitingPromptTokens += sequence.Reached;
        // The next iteration was put together when this one began, without it.
        if (Configuration.AsyncScheduling && _lanes.Length == 1 && !Lane.IsIdle)
        {
            _unseen.AddLast(sequence);
            Lane.Disturbed = true;
        }
        else
        {
            See(sequence);
        }

        foreach (var lane in _lanes) lane.Log.Interrupt();
    }

    /// <summary>Counts a request that this replica is now answerable for.</summary>
    public void CountIn(Sequence sequence)
    {
        Outstanding++;
        OutstandingPromptTokens += sequence.Request.PromptTokens;
        _owner.LoadChanged(this);
    }

    /// <summary>Makes the policy be asked again at the next chance.</summary>
    public void Disturb()
    {
        foreach (var lane in _lanes) lane.Disturbed = true;
    }

    /// <summary>Whether several batches may be in flight, so that a lane that can do nothing may wait for what others free.</summary>
    public bool HasLanes => _lanes.Length > 1;

    /// <summary>Every sequence here that is not finished: running, then swapped out, then waiting.</summary>
    public IEnumerable<Sequence> All()
    {
        foreach (var list in _lanes.Select(lane => lane.Running).Append(Inbox.Arrived).Append(Swapped.List).Append(_unseen))
            for (var sequence = list.First; sequence is not null; sequence = sequence.Next) yield return sequence;
        foreach (var sequence in Waiting.All()) yield return sequence;
    }

    /// <summary>Closes the books at the end of a simulation.</summary>
    public void Close()
    {
        foreach (var lane in _lanes) lane.Log.Flush();
        CopyKvTotals();
    }

    public void CopyKvTotals()
    {
        Totals.BlocksTaken = Kv.Taken;
        Totals.BlocksReleased = Kv.Released;
        Totals.BlocksCopied = Kv.Copied;
    }

    private void See(Sequence sequence)
    {
        Waiting.Add(sequence);
        // Behind a first request that could not be admitted nothing changes until somebody finishes.
        if (Waiting.First == sequence) Disturb();
    }

    private void SeeAll()
    {
        while (_unseen.First is { } sequence)
        {
            _unseen.Remove(sequence);
            See(sequence);
        }
    }

    private void CountOut(Sequence sequence)
    {
        Outstanding--;
        OutstandingPromptTokens -= sequence.Request.PromptTokens;
        _owner.LoadChanged(this);
    }
}
