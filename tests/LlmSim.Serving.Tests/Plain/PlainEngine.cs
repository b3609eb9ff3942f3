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
internal abstract class PlainEngine(EngineConfiguration configuration, IStepCost cost, IEnumerable<Request> requests)
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

    /// <summary>Blocks of a request with all its outputs complete, the prompt's full blocks held together.</summary>
    protected int Most(PlainRequest r, int unwritten = 1)
    {
        var shared = C.SlidingWindow == 0 ? r.Request.PromptTokens / C.BlockTokens : 0;
        return BlocksOf(r.Request.PromptTokens + r.OutputTokens - unwritten) + r.Request.MoreOutputTokens.ToArray().Sum(o => BlocksOf(r.Request.PromptTokens + o - unwritten) - shared);
    }

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
        ((PlainLane)request.Lane!).Running.Remove(request);
        ((PlainLane)request.Lane).Batch.RemoveAll(share => share.Request == request);
    }

    protected PlainRequest Newest(bool byArrival) => byArrival
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
        Preempt(Newest(byArrival: false));
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

    protected int BlocksOf(int tokens) => (tokens + C.BlockTokens - 1) / C.BlockTokens;

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
    protected void Admit(PlainRequest request, List<int> hit, int tokens, bool byArrival = false)
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
        Start(request, byArrival);
    }

    protected void Start(PlainRequest request, bool byArrival)
    {
        request.Order = ++_orders;
        request.Lane = _lane;
        Running.Add(request);
        if (!byArrival) return;
        var sorted = Running.OrderBy(r => r.Request.ArrivalNanoseconds).ThenBy(r => r.Request.Id).ToList();
        Running.Clear();
        Running.AddRange(sorted);
    }

    protected virtual bool Paged => true;

    protected int Need(PlainRequest request, int tokens) => Held(request.Computed, tokens) - request.Blocks.Count + (MustCopy(request) ? 1 : 0);

    /// <summary>Whether the next token goes into a block that others hold too.</summary>
    private bool MustCopy(PlainRequest request) =>
        C.SlidingWindow == 0 && request.Computed % C.BlockTokens > 0 && request.Computed / C.BlockTokens < request.Blocks.Count && Pool.References(request.Blocks[request.Computed / C.BlockTokens]) > 1;

    protected int Held(int computed, int tokens) => BlocksOf(computed + tokens) - (C.SlidingWindow == 0 ? 0 : Math.Max(0, computed - C.SlidingWindow + 1) / C.BlockTokens);

    private void GiveBack(PlainRequest request, int blocks)
    {
        if (blocks <= 0) return;
        Pool.Release(request.Blocks.GetRange(0, blocks));
        request.Blocks.RemoveRange(0, blocks);
    }

    protected bool Extend(PlainRequest request, int tokens)
    {
        var need = Need(request, tokens);
        if (need > Pool.Free) return false;
        GiveBack(request, -need);
        if (MustCopy(request))
        {
            var at = request.Computed / C.BlockTokens;
            var copy = Pool.Take();
            Pool.Release([request.Blocks[at]]);
            request.Blocks[at] = copy;
            Copied++;
            need--;
        }

        for (var i = 0; i < need; i++) request.Blocks.Add(Pool.Take());
        Name(request, request.Computed + tokens);
        return true;
    }

    /// <summary>Full blocks among the first tokens get their keys.</summary>
    private void Name(PlainRequest request, int tokens)
    {
        if (!C.PrefixCache) return;
        for (var full = Math.Min(tokens, request.Reached) / C.BlockTokens; request.Named < full; request.Named++)
            Pool.Name(request.Blocks[request.Named], Key(request, request.Named));
    }

    protected (long, long, int) Key(PlainRequest request, int block)
    {
        var r = request.Request;
        var last = (long)(block + 1) * C.BlockTokens - 1;
        var begin = (r.PrefixBlocks.Length - 1L) * r.PrefixBlockTokens;
        var known = Math.Min(begin + r.PrefixBlockTokens, begin < r.PromptTokens || r.MoreOutputTokens.Length > 0 ? r.PromptTokens : r.PromptTokens + r.OutputTokens);
        return r.PrefixBlocks.Length > 0 && last < known ? (0, r.PrefixBlocks.Span[(int)(last / r.PrefixBlockTokens)], block) : (-1, request.Uid, block);
    }

    protected List<int> Find(PlainRequest request)
    {
        var hit = new List<int>();
        if (!C.PrefixCache) return hit;
        for (var k = 0; k < (request.Reached - 1) / C.BlockTokens && Pool.Find(Key(request, k)) is { } block; k++) hit.Add(block);
        return hit;
    }

    protected bool Fits(PlainRequest request, List<int> hit, int tokens, long watermark = 0) =>
        BlocksOf(hit.Count * C.BlockTokens + tokens) - hit.Count + hit.Count(Pool.IsFree) + watermark <= Pool.Free;

    protected void Preempt(PlainRequest victim, int scheduled = 0, bool toBack = false)
    {
        if (victim.Lane is PlainLane lane && lane != _lane && lane.End != long.MaxValue) scheduled = lane.Batch.Where(share => share.Request == victim).Sum(share => share.Tokens);
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

    public int Copied { get; private set; }

    /// <summary>The outputs of a prompt become sequences that hold its blocks together.</summary>
    private void Branch(PlainRequest first)
    {
        var seats = first.Seats;
        first.Root = first;
        first.Outputs.Add(first);
        foreach (var length in first.Request.MoreOutputTokens.ToArray().Where(length => length > 1))
        {
            first.Outputs.Add(new PlainRequest(first.Request)
            {
                Uid = -1000 * (first.Request.Id + 1) - first.Outputs.Count,
                Root = first,
                OutputTokens = length,
                Computed = first.Computed,
                Generated = first.Generated,
                FirstScheduled = first.FirstScheduled,
                FirstToken = first.FirstToken,
                LastToken = first.LastToken,
            });
        }

        var share = first.Blocks.Count / seats;
        if (Paged && C.SlidingWindow == 0)
        {
            first.HasUnnamed = Enumerable.Range(0, first.Computed / C.BlockTokens).Any(k => Key(first, k).Item1 < 0);
            foreach (var block in first.Blocks) if (first.HasUnnamed) Pool.ForgetIfPrivate(block);
        }

        foreach (var output in first.Outputs.Skip(1))
        {
            if (!Paged)
            {
                output.Blocks.AddRange(first.Blocks.GetRange(0, share));
                first.Blocks.RemoveRange(0, share);
            }
            else if (C.SlidingWindow == 0)
            {
                foreach (var block in first.Blocks) Pool.Touch(block);
                output.Blocks.AddRange(first.Blocks);
                output.Named = first.Named;
            }
            else if (first.Blocks.Count <= Pool.Free)
            {
                for (var i = 0; i < first.Blocks.Count; i++) output.Blocks.Add(Pool.Take());
                Copied += first.Blocks.Count;
            }
            else
            {
                output.Computed = 0;
                output.Preemptions++;
                Totals.Preemptions++;
                Insert(output);
                continue;
            }

            Start(output, ByArrival);
        }

        if (Paged && C.SlidingWindow == 0)
            foreach (var output in first.Outputs) output.SharesBlocks = true;
    }

    protected virtual bool ByArrival => false;

    /// <summary>One of the batches in flight.</summary>
    private sealed class PlainLane
    {
        public List<PlainRequest> Running { get; } = [];

        public List<(PlainRequest Request, int Tokens)> Batch { get; } = [];

        public long Start { get; set; }

        public long End { get; set; } = long.MaxValue;

        public long Swap { get; set; }
    }
}
