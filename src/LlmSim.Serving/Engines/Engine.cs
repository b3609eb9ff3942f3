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
    }

    /// <summary>Makes the policy be asked again at the next chance.</summary>
    public void Disturb()
    {
        foreach (var lane in _lanes) lane.Disturbed = true;
    }

    /// <summary>
    /// Ends and repeats iterations before <paramref name="bound"/> as long as they are the same sequences decoding. Afterwards either
    /// <see cref="End"/> is not before the bound, or the iteration that ends first needs <see cref="Finish"/>.
    /// </summary>
    public void Repeat(long bound)
    {
        var lane = First();
        while (lane.End < bound && lane.CanRepeat(Kv.Free, out var blocks))
        {
            var now = lane.End;
            Account(lane);
            lane.Repeat(now);
            Kv.Take(blocks);
            Kv.Return(lane.Decodes.BlocksReleased(lane.Decodes.Step));
            lane.Decodes.GrowAll(Kv);
            Now = now;
            lane.Log.Repeat(now);
            Begin(lane, in lane.Decodes.Shape, lane.Decodes.Count);
            if (_lanes.Length > 1) lane = First();
        }
    }

    /// <summary>Ends the iterations that end now: tokens appear, finished requests leave.</summary>
    public void Finish()
    {
        Now = End;
        foreach (var lane in _lanes)
        {
            if (lane.End != Now) continue;
            Lane = lane;
            FinishLane();
        }
    }

    private void FinishLane()
    {
        Account(Lane);
        Lane.End = long.MaxValue;
        if (Batch.Decodes)
        {
            Decodes.Advance(Now);
            while (Decodes.PopFinished() is { } done)
            {
                Decodes.Leave(done);
                _finished.Add(done);
            }
        }

        for (var i = 0; i < Batch.Count; i++) AdvanceOne(Batch[i].Sequence, Batch[i].Tokens);
        Lane.Log.End(Now);
        if (_finished.Count == 0) return;
        Disturb();
        if (_finished.Count > 1) _finished.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        foreach (var sequence in _finished)
        {
            Policy.Finished(this, sequence);
            if (sequence.Prompt is { } prompt && --prompt.Unfinished > 0) continue;
            CountOut(sequence);
            _owner.Finished(this, sequence);
        }

        _finished.Clear();
    }

    /// <summary>Puts the next iterations together and begins them, as far as lanes are free and there is work: lanes with sequences first, then empty ones.</summary>
    public void Schedule(long now)
    {
        while (true)
        {
            foreach (var lane in _lanes) lane.IsEmpty = lane.Running.Count == 0;
            foreach (var lane in _lanes)
                if (lane is { IsIdle: true, IsEmpty: false }) ScheduleLane(lane, now);
            foreach (var lane in _lanes)
                if (lane is { IsIdle: true, IsEmpty: true }) ScheduleLane(lane, now);
            if (_lanes.Length == 1 || End != long.MaxValue || RunningCount == 0) return;
            // Every lane waits for blocks that another one holds: the newest gives way.
            Recompute(Newest());
        }
    }

    /// <summary>Whether several batches may be in flight, so that a lane that can do nothing may wait for what others free.</summary>
    public bool HasLanes => _lanes.Length > 1;

    private void ScheduleLane(Lane lane, long now)
    {
        (Lane, Now) = (lane, now);
        lane.Clear();
        _preempted = 0;
        PutTogether();
        if (!Batch.Decodes && Batch.Count == 0 && _unseen.Count > 0)
        {
            // An engine without work looks at once.
            SeeAll();
            PutTogether();
        }

        // Somebody came, went or was preempted: what holds for the other lanes' next iterations may have changed.
        if (!lane.IsSteady) DisturbOthers(lane);
        var decodes = Batch.Decodes ? Decodes.Count : 0;
        if (decodes == 0 && Batch.Count == 0) return;
        var shape = decodes > 0 ? Decodes.Shape : default;
        for (var i = 0; i < Batch.Count; i++)
            if (Batch[i].Sequence.FirstScheduled < 0) Batch[i].Sequence.FirstScheduled = now;
        Batch.AddTo(ref shape, _needs);
        Begin(lane, in shape, decodes + Batch.Count);
        lane.Log.Begin(now, in shape, decodes, _preempted);
        if (_unseen.Count > 0) SeeAll();
    }

    private void DisturbOthers(Lane than)
    {
        foreach (var lane in _lanes)
            if (lane != than) lane.Disturbed = true;
    }

    private void PutTogether()
    {
        var before = -1;
        while (Batch.Count == 0 && !Batch.Decodes && _preempted > before)
        {
            // A pass that only preempted is followed by another at once, as an engine's empty iteration would be.
            before = _preempted;
            Policy.Schedule(this);
        }
    }

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
        if (Waiting.First == sequence || Configuration.Policy.LooksBeyondFirst) Disturb();
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
    }

    /// <summary>The lane whose iteration ends first.</summary>
    private Lane First()
    {
        var first = _lanes[0];
        for (var i = 1; i < _lanes.Length; i++)
            if (_lanes[i].End < first.End) first = _lanes[i];
        return first;
    }

    private void AdvanceOne(Sequence sequence, int tokens)
    {
        sequence.Computed += tokens;
        if (sequence.Computed < sequence.Reached) return;
        sequence.Generated++;
        if (sequence.FirstToken < 0) sequence.FirstToken = Now;
        else Gaps.Add(Now - sequence.LastTokenTime);
        sequence.LastTokenTime = Now;
        if (sequence.Generated >= sequence.OutputTokens)
        {
            _finished.Add(sequence);
            return;
        }

        Policy.PromptCompleted(this, sequence);
    }

    private void Begin(Lane lane, in BatchShape shape, int sequences)
    {
        lane.Start = Now;
        lane.End = _timer.End(Now, in shape, sequences, lane.SwapNanoseconds, Kv.Copied - _copied);
        _copied = Kv.Copied;
        _batches?.BatchBegan(new BatchRecord(Replica, lane.Index, lane.Start, lane.End, sequences, shape));
        Totals.PeakKvBlocks = Math.Max(Totals.PeakKvBlocks, Kv.Used);
        Totals.SwapNanoseconds += lane.SwapNanoseconds;
    }

    /// <summary>Books the iteration that ends. Of iterations that overlap only what is new counts as busy.</summary>
    private void Account(Lane lane)
    {
        LastDuration = lane.End - lane.Start;
        var added = lane.End - Math.Max(lane.Start, _accounted);
        _accounted = lane.End;
        Totals.Iterations++;
        Totals.BusyNanoseconds += added;
        Totals.KvBlockNanoseconds += (double)Kv.Used * added;
    }
}
