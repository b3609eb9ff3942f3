using LlmSim.Graphs.Batches;
using LlmSim.Serving.Results;

namespace LlmSim.Serving.Engines;

/// <summary>How iterations begin, repeat and end.</summary>
internal sealed partial class Engine
{
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
