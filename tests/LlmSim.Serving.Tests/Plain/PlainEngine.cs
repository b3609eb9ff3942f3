using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>
/// The slow, obvious engine: every iteration asks the policy, touches every request, adds the batch up anew, and hands out numbered
/// blocks. What the real engine does with sums and heaps has to come out the same.
/// </summary>
internal abstract partial class PlainEngine(EngineConfiguration configuration, IStepCost cost, IEnumerable<Request> requests)
{
    private readonly List<PlainRequest> _all = [.. requests.Select(request => new PlainRequest(request))];
    private readonly List<PlainLane> _lanes = [.. Enumerable.Range(0, configuration.BatchesInFlight > 0 ? configuration.BatchesInFlight : cost.Stages).Select(_ => new PlainLane())];
    private readonly List<PlainRequest> _unseen = [];
    private readonly long[] _stageFree = new long[cost.Stages];
    private PlainLane _lane = null!;
    private int _orders;
    private long _hostFree;
    private long _busyUntil;

    protected EngineConfiguration C { get; } = configuration;

    public List<PlainRequest> All => _all;

    protected List<PlainRequest> Waiting { get; } = [];

    protected List<PlainRequest> Running => _lane.Running;

    protected List<(PlainRequest Request, int Tokens)> Batch => _lane.Batch;

    protected PlainPool Pool { get; } = new((int)configuration.KvBlocks);

    public TokenGaps Gaps { get; } = new();

    public ReplicaTotals Totals { get; } = new();

    public long Now { get; private set; }

    protected long SwapNanoseconds { get => _lane.Swap; set => _lane.Swap = value; }

    public int LeastFree { get; private set; } = (int)configuration.KvBlocks;

    protected bool HasSeat(PlainRequest request) =>
        Running.Sum(r => r.Seats) + request.Seats <= LaneSeats && AllRunning.Sum(r => r.Seats) + request.Seats <= C.MaxSequences;

    protected int LaneSeats => C.MaxBatchSequences > 0 ? C.MaxBatchSequences
        : C.Policy.Name == "vllm-v1" ? C.MaxSequences : (int)Math.Ceiling(C.MaxSequences / (double)_lanes.Count);

    protected abstract void Schedule();

    protected abstract bool CanEverHold(PlainRequest request);

    protected virtual int KeptTokens(PlainRequest victim, int scheduled) => victim.Computed + scheduled;

    protected virtual void Finished(PlainRequest request) => Pool.Release(request.Blocks);

    public void Run()
    {
        var next = 0;
        while (true)
        {
            do
            {
                foreach (var lane in _lanes.Where(l => l.End == long.MaxValue).OrderBy(l => l.Running.Count == 0).ToList()) Begin(lane);
            }
            while (_lanes.Count > 1 && !InFlight && GiveWay());

            var end = _lanes.Min(lane => lane.End);
            var arrival = next < _all.Count ? _all[next].Request.ArrivalNanoseconds : long.MaxValue;
            Now = Math.Min(end, arrival);
            if (Now == long.MaxValue) return;
            foreach (var lane in _lanes.Where(lane => lane.End == Now)) End(lane);
            for (; next < _all.Count && _all[next].Request.ArrivalNanoseconds <= Now; next++)
            {
                // With asynchronous scheduling the iteration after this one was put together when this one began.
                if (C.AsyncScheduling && _lanes.Count == 1 && _lanes[0].End != long.MaxValue) _unseen.Add(_all[next]);
                else Arrive(_all[next]);
            }
        }
    }

    protected IEnumerable<PlainRequest> AllRunning => _lanes.SelectMany(lane => lane.Running);

    protected bool HasLanes => _lanes.Count > 1;

    private bool InFlight => _lanes.Any(lane => lane.End != long.MaxValue);

    protected bool IsHere(PlainRequest request) => request.Lane == _lane;

    protected void Drop(PlainRequest request)
    {
        request.Lane!.Running.Remove(request);
        request.Lane.Batch.RemoveAll(share => share.Request == request);
    }

    protected PlainRequest Newest() => ByArrival
        ? _lanes.Where(lane => lane.Running.Count > 0).Select(lane => lane.Running[^1]).MaxBy(r => (r.Request.ArrivalNanoseconds, r.Request.Id))!
        : AllRunning.MaxBy(r => r.Order)!;

    private void Begin(PlainLane lane)
    {
        _lane = lane;
        PutTogether();
        if (Batch.Count == 0 && _unseen.Count > 0)
        {
            See();
            PutTogether();
        }

        if (Batch.Count == 0) return;
        lane.Start = Now;
        lane.End = Now + Duration();
        See();
    }

    private bool GiveWay()
    {
        if (!AllRunning.Any()) return false;
        Preempt(Newest());
        return true;
    }

    private void PutTogether()
    {
        Batch.Clear();
        SwapNanoseconds = 0;
        var preempted = -1L;
        while (Batch.Count == 0 && Totals.Preemptions > preempted)
        {
            preempted = Totals.Preemptions;
            Schedule();
        }

        LeastFree = Math.Min(LeastFree, Pool.Free);
    }

    private void See()
    {
        foreach (var request in _unseen) Arrive(request);
        _unseen.Clear();
    }

    protected void Insert(PlainRequest request)
    {
        if (C.QueueOrder == QueueOrder.Fcfs)
        {
            Waiting.Insert(0, request);
            return;
        }

        Waiting.Add(request);
        SortWaiting();
    }

    protected void Enter(PlainRequest request)
    {
        Waiting.Add(request);
        SortWaiting();
    }

    /// <summary>Admits: hits first, then new blocks for so many tokens, all of it already known to fit.</summary>
    protected void Admit(PlainRequest request, List<int> hit, int tokens)
    {
        Waiting.Remove(request);
        foreach (var block in hit) Pool.Touch(block);
        request.Blocks.AddRange(hit);
        request.Named = hit.Count;
        request.Computed = hit.Count * C.BlockTokens;
        Pool.ForgetPrivate(request.Uid);
        Extend(request, tokens);
        if (request.Preemptions == 0) request.Cached = request.Computed;
        else (request.Root ?? request).Recomputed += request.Reached - request.Computed;
        Totals.PrefixHitTokens += request.Computed;
        Start(request);
    }

    protected void Start(PlainRequest request)
    {
        request.Order = ++_orders;
        request.Lane = _lane;
        Running.Add(request);
        if (!ByArrival) return;
        var sorted = Running.OrderBy(r => r.Request.ArrivalNanoseconds).ThenBy(r => r.Request.Id).ToList();
        Running.Clear();
        Running.AddRange(sorted);
    }

    protected void Preempt(PlainRequest victim, int scheduled = 0, bool toBack = false)
    {
        if (victim.Lane is { } lane && lane != _lane && lane.End != long.MaxValue) scheduled = lane.Batch.Where(share => share.Request == victim).Sum(share => share.Tokens);
        Drop(victim);
        var kept = Math.Min(KeptTokens(victim, scheduled), victim.Reached) / C.BlockTokens;
        for (var i = kept; i < victim.Blocks.Count; i++) Pool.Forget(victim.Blocks[i]);
        // What was left behind counts only where it follows on what others can find.
        if (victim.Root is { HasUnnamed: true } && victim.SharesBlocks)
            foreach (var block in victim.Blocks) Pool.ForgetIfPrivate(block);
        victim.SharesBlocks = false;
        Pool.Release(victim.Blocks);
        victim.Computed = victim.Named = 0;
        victim.Preemptions++;
        Totals.Preemptions++;
        if (toBack) Enter(victim);
        else Insert(victim);
    }

    private void Arrive(PlainRequest request)
    {
        if (request.Seats <= Math.Min(LaneSeats, C.MaxSequences) && CanEverHold(request)) Enter(request);
        else request.Rejected = true;
    }

    private void SortWaiting()
    {
        Func<PlainRequest, double>? key = C.QueueOrder switch
        {
            QueueOrder.Priority => r => r.Request.Priority,
            QueueOrder.ShortestJob => r => r.OutputTokens,
            QueueOrder.Aging => r => r.OutputTokens + r.Request.ArrivalNanoseconds * (C.AgingTokensPerSecond / 1e9),
            _ => null,
        };
        if (key is null) return;
        var sorted = Waiting.OrderBy(key).ThenBy(r => r.Request.ArrivalNanoseconds).ThenBy(r => r.Request.Id).ThenBy(r => r.Order).ToList();
        Waiting.Clear();
        Waiting.AddRange(sorted);
    }

    /// <summary>What the batch takes from now on, waits for the host and for the stages before it included.</summary>
    private long Duration()
    {
        var shape = default(BatchShape);
        foreach (var (request, tokens) in Batch)
        {
            if (request.FirstScheduled < 0) request.FirstScheduled = Now;
            var samples = request.Computed + tokens == request.Reached;
            var decode = tokens == 1 && (cost.Needs.SingleTokenIsDecode || (samples && request.Generated > 0));
            if (decode) shape.Decode.Add(request.Computed, 1, cost.Needs);
            else shape.Prefill.Add(request.Computed, tokens, cost.Needs);
            if (samples) shape.SampledPositions++;
        }

        Totals.SequenceIterations += Batch.Count;
        Totals.Pairs += shape.Pairs;
        Totals.ContextTokens += shape.ContextTokens;
        var host = C.HostNanoseconds + Batch.Count * C.HostNanosecondsPerSequence;
        if (_stageFree.Length == 1)
        {
            var device = Math.Max(0, cost.Nanoseconds(in shape));
            return (C.AsyncScheduling ? Math.Max(device, host) : device + host) + SwapNanoseconds;
        }

        _hostFree = Math.Max(Now, _hostFree) + host;
        var time = _hostFree + SwapNanoseconds;
        for (var stage = 0; stage < _stageFree.Length; stage++) time = _stageFree[stage] = Math.Max(time, _stageFree[stage]) + cost.StageNanoseconds(stage, in shape);
        return time - Now;
    }

    private void End(PlainLane lane)
    {
        _lane = lane;
        lane.End = long.MaxValue;
        var added = Now - Math.Max(lane.Start, _busyUntil);
        _busyUntil = Now;
        Totals.KvBlockNanoseconds += (double)(C.KvBlocks - Pool.Free) * added;
        Totals.Iterations++;
        Totals.BusyNanoseconds += added;
        var finished = new List<PlainRequest>();
        foreach (var (request, tokens) in Batch)
        {
            request.Computed += tokens;
            if (request.Computed < request.Reached) continue;
            request.Generated++;
            if (request.FirstToken < 0) request.FirstToken = Now;
            else Gaps.Add(Now - request.LastToken);
            request.LastToken = Now;
            if (request.Generated == request.OutputTokens)
            {
                finished.Add(request);
                continue;
            }

            if (Paged && C.SlidingWindow > 0) GiveBack(request, request.Blocks.Count - Held(request.Computed - 1, 1));
            if (!request.IsBranched && request.Request.MoreOutputTokens.Length > 0) Branch(request);
        }

        foreach (var request in finished.OrderBy(r => r.Order))
        {
            (request.Root ?? request).Finish = Now;
            Running.Remove(request);
            Finished(request);
        }
    }

    protected virtual bool ByArrival => false;
}
