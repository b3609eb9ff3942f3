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
internal sealed class Engine
{
    private readonly IStepCost _cost;
    private readonly BatchNeeds _needs;
    private readonly IEngineOwner _owner;
    private readonly IterationLog _log;
    private readonly List<Sequence> _finished = [];
    private long _orders;
    private long _start;
    private long _steadyLeft;
    private long _headroom;
    private long _swapNanoseconds;
    private long _swappedBlocks;
    private bool _disturbed = true;
    private int _preempted;
    private bool _named;

    public Engine(int replica, EngineConfiguration configuration, IStepCost cost, TokenGaps gaps, ulong seed, IEngineOwner owner, IServingObserver? observer)
    {
        Replica = replica;
        Configuration = configuration;
        Policy = configuration.Policy.Create(configuration);
        _cost = cost;
        _needs = cost.Needs;
        _owner = owner;
        Gaps = gaps;
        Waiting = new WaitingQueue(configuration, seed);
        Kv = new KvCache(configuration.KvBlocks, configuration.BlockTokens, configuration.PrefixCache, configuration.Policy.PrefixTree) { Window = configuration.SlidingWindow };
        Decodes = new DecodeSet(cost.Needs, configuration.BlockTokens, Policy.Paged, configuration.SlidingWindow, gaps);
        _log = new IterationLog(this, observer);
        Totals.KvBlocks = configuration.KvBlocks;
        Totals.BlockTokens = configuration.BlockTokens;
    }

    public int Replica { get; }

    public EngineConfiguration Configuration { get; }

    public IBatchingPolicy Policy { get; }

    public WaitingQueue Waiting { get; }

    /// <summary>Admitted and unfinished sequences, in the order in which the policy admitted them.</summary>
    public SequenceList Running { get; } = new();

    public DecodeSet Decodes { get; }

    public KvCache Kv { get; }

    public TokenGaps Gaps { get; }

    public Batch Batch { get; } = new();

    public ReplicaTotals Totals { get; } = new();

    /// <summary>The moment at which the policy is deciding.</summary>
    public long Now { get; private set; }

    /// <summary>End of the iteration under way; <see cref="long.MaxValue"/> while idle.</summary>
    public long End { get; private set; } = long.MaxValue;

    public bool IsIdle => End == long.MaxValue;

    /// <summary>Sequences that are preempted to host memory and wait there.</summary>
    public SequenceList Swapped { get; } = new();

    /// <summary>Requests here that are not finished.</summary>
    public int Outstanding { get; private set; }

    /// <summary>Tokens that those still have to process and to produce, as a router sees them: prompts at full, outputs unknown.</summary>
    public long OutstandingPromptTokens { get; private set; }

    /// <summary>Tokens that the waiting requests will need in the cache to start with.</summary>
    public long WaitingPromptTokens { get; private set; }

    /// <summary>Lets a request wait here.</summary>
    public void Enqueue(Sequence sequence)
    {
        Outstanding++;
        OutstandingPromptTokens += sequence.Request.PromptTokens;
        WaitingPromptTokens += sequence.Reached;
        Waiting.Add(sequence);
        // Behind a first request that could not be admitted nothing changes until somebody finishes.
        if (Waiting.First == sequence || Configuration.Policy.LooksBeyondFirst) _disturbed = true;
        _log.Interrupt();
    }

    /// <summary>Makes the policy be asked again at the next chance.</summary>
    public void Disturb() => _disturbed = true;

    /// <summary>
    /// Ends and repeats iterations before <paramref name="bound"/> as long as they are the same sequences decoding. Afterwards either
    /// <see cref="End"/> is not before the bound, or the iteration under way needs <see cref="Finish"/>.
    /// </summary>
    public void Repeat(long bound)
    {
        while (End < bound && CanRepeat(out var blocks))
        {
            var now = End;
            Account();
            Decodes.Advance(now);
            Kv.Take(blocks);
            Kv.Return(Decodes.BlocksReleased(Decodes.Step));
            _steadyLeft--;
            _swapNanoseconds = 0;
            Now = now;
            _log.Repeat(now);
            Begin(in Decodes.Shape, Decodes.Count);
        }
    }

    /// <summary>Ends the iteration under way: tokens appear, finished requests leave.</summary>
    public void Finish()
    {
        Now = End;
        Account();
        End = long.MaxValue;
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
        _log.End(Now);
        if (_finished.Count == 0) return;
        _disturbed = true;
        if (_finished.Count > 1) _finished.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        foreach (var sequence in _finished)
        {
            Policy.Finished(this, sequence);
            Outstanding--;
            OutstandingPromptTokens -= sequence.Request.PromptTokens;
            _owner.Finished(this, sequence);
        }

        _finished.Clear();
    }

    /// <summary>Puts the next iteration together and begins it, if there is work.</summary>
    public void Schedule(long now)
    {
        Now = now;
        Batch.Clear();
        _disturbed = false;
        _steadyLeft = 0;
        _swapNanoseconds = 0;
        _preempted = 0;
        _named = false;
        var before = -1;
        while (Batch.Count == 0 && !Batch.Decodes && _preempted > before)
        {
            // A pass that only preempted is followed by another at once, as an engine's empty iteration would be.
            before = _preempted;
            Policy.Schedule(this);
        }

        var decodes = Batch.Decodes ? Decodes.Count : 0;
        if (decodes == 0 && Batch.Count == 0) return;
        var shape = decodes > 0 ? Decodes.Shape : default;
        for (var i = 0; i < Batch.Count; i++)
            if (Batch[i].Sequence.FirstScheduled < 0) Batch[i].Sequence.FirstScheduled = now;
        Batch.AddTo(ref shape, _needs);
        Begin(in shape, decodes + Batch.Count);
        _log.Begin(now, in shape, decodes, _preempted);
    }

    /// <summary>Says that up to <paramref name="times"/> following iterations may decode the same set again while nobody arrives at the front or finishes and so many blocks stay free.</summary>
    public void Steady(long headroom, long times = long.MaxValue)
    {
        if (_named) return;
        // Windows that pass blocks make room while all only decode, so whoever is held back has to be looked at each time.
        if (Kv.Window > 0 && (Waiting.Count > 0 || Swapped.Count > 0 || Running.Count > Decodes.Count)) return;
        _steadyLeft = times;
        _headroom = headroom;
    }

    /// <summary>Puts a sequence at the tail of the running, or where its arrival puts it.</summary>
    public void Run(Sequence sequence, bool byArrival = false)
    {
        sequence.Order = ++_orders;
        if (byArrival) InsertByArrival(Running, sequence);
        else Running.AddLast(sequence);
    }

    /// <summary>Lets a running sequence decode with the others from the next step on.</summary>
    public void Decode(Sequence sequence)
    {
        if (Kv.Window > 0 && Policy.Paged)
        {
            // What only the prompt's own queries could see is given back.
            var passed = sequence.Blocks - Kv.Held(sequence.Computed - 1, 1);
            Kv.Return(passed);
            sequence.Blocks -= passed;
        }

        Decodes.Join(sequence);
        if (Kv.NamesMore(sequence, sequence.Computed)) Decodes.WatchFills(sequence, 0);
    }

    /// <summary>Collects running sequences that still have prompt tokens to process, or that sit out, in order; from the tail on, where they usually are.</summary>
    public void CollectPrompts(List<Sequence> prompts)
    {
        prompts.Clear();
        var left = Running.Count - Decodes.Count;
        for (var sequence = Running.Last; left > 0 && sequence is not null; sequence = sequence.Previous)
        {
            if (sequence.Set is not null) continue;
            prompts.Add(sequence);
            left--;
        }

        prompts.Reverse();
    }

    /// <summary>Takes a sequence out of the engine's running, and its blocks back.</summary>
    public void Leave(Sequence sequence)
    {
        Running.Remove(sequence);
        Kv.Release(sequence);
    }

    /// <summary>Takes a running sequence's blocks; it waits again, and what it had computed is computed again.</summary>
    /// <param name="victim">The sequence.</param>
    /// <param name="scheduledTokens">Tokens that it was given in the iteration being put together; they are taken back.</param>
    /// <param name="toBack">Whether it queues like a new request rather than before all others.</param>
    public void Recompute(Sequence victim, int scheduledTokens = 0, bool toBack = false)
    {
        if (victim.Set is { } set) set.Leave(victim);
        else if (scheduledTokens > 0) Batch.Remove(victim);
        Running.Remove(victim);
        Kv.Release(victim, Policy.KeptTokens(victim, scheduledTokens));
        victim.Computed = 0;
        CountPreemption(victim);
        WaitingPromptTokens += victim.Reached;
        if (toBack) Waiting.Add(victim);
        else Waiting.Return(victim);
    }

    /// <summary>Moves a decoding sequence's blocks to host memory, if they find room there.</summary>
    public bool TrySwapOut(Sequence victim)
    {
        if (victim.Set is null || _swappedBlocks + victim.Blocks > Configuration.SwapBlocks) return false;
        Decodes.Leave(victim);
        Running.Remove(victim);
        victim.SwappedBlocks = victim.Blocks;
        _swappedBlocks += victim.SwappedBlocks;
        Totals.PeakSwappedBlocks = Math.Max(Totals.PeakSwappedBlocks, _swappedBlocks);
        Totals.SwappedOut++;
        Kv.Release(victim);
        AddSwapTime(victim.SwappedBlocks);
        CountPreemption(victim);
        InsertByArrival(Swapped, victim);
        return true;
    }

    /// <summary>Brings a swapped-out sequence's blocks back and lets it decode again.</summary>
    public void SwapIn(Sequence sequence, bool byArrival)
    {
        Swapped.Remove(sequence);
        Kv.TryReserve(sequence, sequence.SwappedBlocks);
        _swappedBlocks -= sequence.SwappedBlocks;
        AddSwapTime(sequence.SwappedBlocks);
        sequence.SwappedBlocks = 0;
        Run(sequence, byArrival);
        Decode(sequence);
    }

    /// <summary>Counts what an admission took from the prefix cache and what it has to do again.</summary>
    public void CountAdmission(Sequence sequence, long hitTokens)
    {
        WaitingPromptTokens -= sequence.Reached;
        Totals.PrefixHitTokens += hitTokens;
        if (Configuration.PrefixCache) Totals.PrefixQueryTokens += sequence.Reached;
        if (sequence.Preemptions == 0)
        {
            sequence.CachedTokens = (int)hitTokens;
            return;
        }

        var again = Math.Max(0, sequence.Reached - hitTokens);
        sequence.RecomputedTokens += again;
        Totals.RecomputedTokens += again;
    }

    public void CountPreemption(Sequence victim)
    {
        victim.Preemptions++;
        Totals.Preemptions++;
        _preempted++;
    }

    /// <summary>Takes all blocks that the decode set needs for the coming step, unless fewer than <paramref name="headroom"/> would be left.</summary>
    public bool TryGrowDecodes(long headroom)
    {
        var blocks = Decodes.BlocksNeeded(Decodes.Step);
        if (Kv.Free - blocks < headroom) return false;
        Kv.Take(blocks);
        Kv.Return(Decodes.BlocksReleased(Decodes.Step));
        NameFills();
        return true;
    }

    /// <summary>Grants one member of the decode set its block for the coming step, if it needs one and there is one.</summary>
    public bool TryGrow(Sequence sequence)
    {
        var needs = Decodes.NeedsBlock(sequence);
        var gives = Decodes.GivesBack(sequence);
        if (needs && !gives)
        {
            if (Kv.Free < 1) return false;
            Kv.Take(1);
        }
        else if (gives && !needs)
        {
            Kv.Return(1);
        }

        if (needs || gives) Decodes.GrowOne(sequence);

        Name(sequence);
        return true;
    }

    /// <summary>Makes the blocks known that the coming step fills, where others might hit them.</summary>
    public void NameFills()
    {
        while (Decodes.NextFill <= Decodes.Step)
        {
            if (Decodes.PopFill() is not { } sequence) continue;
            Name(sequence);
            if (Kv.NamesMore(sequence, sequence.Computed + 1)) Decodes.WatchFills(sequence, 1);
        }
    }

    /// <summary>Every sequence here that is not finished: running, then swapped out, then waiting.</summary>
    public IEnumerable<Sequence> All()
    {
        for (var sequence = Running.First; sequence is not null; sequence = sequence.Next) yield return sequence;
        for (var sequence = Arrived.First; sequence is not null; sequence = sequence.Next) yield return sequence;
        for (var sequence = Swapped.First; sequence is not null; sequence = sequence.Next) yield return sequence;
        foreach (var sequence in Waiting.All()) yield return sequence;
    }

    /// <summary>Duration of the iteration that ended last.</summary>
    public long LastDuration { get; private set; }

    /// <summary>Sequences whose keys and values are on their way here; their blocks are taken already.</summary>
    public int Expected { get; private set; }

    /// <summary>A prompt that is complete leaves for where it is decoded; its blocks stay taken until they are copied.</summary>
    public void HandOver(Sequence sequence)
    {
        Running.Remove(sequence);
        Outstanding--;
        OutstandingPromptTokens -= sequence.Request.PromptTokens;
        _owner.Prefilled(this, sequence);
    }

    /// <summary>Whether a sequence from elsewhere finds room for its blocks and a seat.</summary>
    public bool CanExpect(Sequence sequence) =>
        Running.Count + Expected + Waiting.Count < Configuration.MaxSequences
        && Kv.Free - Kv.BlocksOf(sequence.Computed + 1) >= 1 + Configuration.WatermarkBlocks;

    /// <summary>Takes the blocks for a sequence whose keys and values begin to move here.</summary>
    public void Expect(Sequence sequence)
    {
        Kv.Take(Kv.BlocksOf(sequence.Computed));
        Expected++;
        Outstanding++;
        OutstandingPromptTokens += sequence.Request.PromptTokens;
        Disturb();
    }

    /// <summary>The keys and values of a sequence are here.</summary>
    public void Receive(Sequence sequence)
    {
        sequence.Blocks = Kv.BlocksOf(sequence.Computed);
        Arrived.AddLast(sequence);
        Disturb();
    }

    /// <summary>Sequences that arrived from elsewhere and have not decoded yet.</summary>
    public SequenceList Arrived { get; } = new();

    /// <summary>Lets those that arrived decode; whether there were any.</summary>
    public bool JoinArrived()
    {
        if (Arrived.Count == 0) return false;
        while (Arrived.First is { } sequence)
        {
            Arrived.Remove(sequence);
            Expected--;
            Run(sequence, byArrival: Configuration.QueueOrder == QueueOrder.Fcfs);
            Decode(sequence);
        }

        return true;
    }

    /// <summary>Names the block that a decode fills in the coming step; what waits might be admitted for it.</summary>
    private void Name(Sequence sequence)
    {
        var named = sequence.Cached.Named;
        Kv.NameFull(sequence, sequence.Computed + 1);
        _named |= sequence.Cached.Named > named;
    }

    /// <summary>Closes the books at the end of a simulation.</summary>
    public void Close()
    {
        _log.Flush();
        CopyKvTotals();
    }

    public void CopyKvTotals()
    {
        Totals.BlocksTaken = Kv.Taken;
        Totals.BlocksReleased = Kv.Released;
    }

    private static void InsertByArrival(SequenceList list, Sequence sequence)
    {
        var before = list.Last;
        var (arrival, id) = (sequence.Request.ArrivalNanoseconds, sequence.Request.Id);
        while (before is not null && (before.Request.ArrivalNanoseconds > arrival || (before.Request.ArrivalNanoseconds == arrival && before.Request.Id > id)))
            before = before.Previous;
        list.InsertAfter(before, sequence);
    }

    private void AddSwapTime(long blocks) =>
        _swapNanoseconds += (long)Math.Round(blocks * (double)Configuration.BlockTokens * Configuration.KvBytesPerToken / Configuration.HostLinkBytesPerSecond * 1e9);

    private bool CanRepeat(out long blocks)
    {
        blocks = 0;
        if (_steadyLeft <= 0 || _disturbed) return false;
        var next = Decodes.Step + 1;
        if (Decodes.NextFinish <= next || Decodes.NextFill <= next) return false;
        blocks = Decodes.BlocksNeeded(next);
        return Kv.Free - blocks >= _headroom;
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

    private void Begin(in BatchShape shape, int sequences)
    {
        var device = Configuration.CapturedBatchSizes.Length == 0 ? _cost.Nanoseconds(in shape) : _cost.Nanoseconds(Padded(in shape));
        var host = Configuration.HostNanoseconds + sequences * Configuration.HostNanosecondsPerSequence;
        var duration = Configuration.AsyncScheduling ? Math.Max(device, host) : device + host;
        _start = Now;
        End = Now + duration + _swapNanoseconds;
        Totals.PeakKvBlocks = Math.Max(Totals.PeakKvBlocks, Kv.Used);
        Totals.HostNanoseconds += duration - device;
        Totals.SwapNanoseconds += _swapNanoseconds;
        Totals.SequenceIterations += sequences;
        Totals.PrefillTokens += shape.Prefill.Tokens;
        if (shape.Prefill.Tokens > 0) Totals.PrefillIterations++;
        Totals.DecodeTokens += shape.Decode.Tokens;
        Totals.Pairs += shape.Prefill.Pairs + shape.Decode.Pairs;
        Totals.ContextTokens += shape.Prefill.ContextTokens + shape.Decode.ContextTokens;
        Totals.SampledPositions += shape.SampledPositions;
    }

    /// <summary>The batch with as many tokens as the captured graph that runs it; the padding attends to nothing.</summary>
    private BatchShape Padded(in BatchShape shape)
    {
        var padded = shape;
        var sizes = Configuration.CapturedBatchSizes;
        var tokens = shape.Tokens;
        if (tokens > sizes[^1] || (shape.Prefill.Tokens > 0 && !Configuration.CaptureMixedBatches)) return padded;
        var at = Array.BinarySearch(sizes, (int)tokens);
        if (at >= 0) return padded;
        padded.Decode.Tokens += sizes[~at] - tokens;
        padded.Decode.ChunkSquares += sizes[~at] - tokens;
        return padded;
    }

    private void Account()
    {
        var duration = End - _start;
        Totals.Iterations++;
        Totals.BusyNanoseconds += duration;
        LastDuration = duration;
        Totals.KvBlockNanoseconds += (double)Kv.Used * duration;
    }
}
