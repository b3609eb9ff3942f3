namespace LlmSim.Serving.Engines;

/// <summary>What policies do to sequences.</summary>
internal sealed partial class Engine
{
    /// <summary>Whether there are seats for a sequence, in the engine and in this lane.</summary>
    public bool HasSeat(Sequence sequence) => Lane.Seats + sequence.Seats <= _laneSeats && SeatsTaken + sequence.Seats <= Configuration.MaxSequences;

    /// <summary>Seats of all lanes that are taken.</summary>
    public int SeatsTaken
    {
        get
        {
            var seats = 0;
            foreach (var lane in _lanes) seats += lane.Seats;
            return seats;
        }
    }

    /// <summary>Whether this replica can hold a request when it runs alone.</summary>
    public bool CanEverHold(Sequence sequence) => sequence.Seats <= Math.Min(_laneSeats, Configuration.MaxSequences) && Policy.CanEverHold(this, sequence);

    /// <summary>Admits a waiting request, whose blocks are taken already: it runs, with so many tokens in this iteration.</summary>
    public void Admit(Sequence sequence, int tokens)
    {
        Waiting.Take(sequence);
        CountAdmission(sequence);
        Run(sequence);
        Batch.Add(sequence, tokens);
    }

    /// <summary>Puts a sequence at the tail of the running, or where its arrival puts it.</summary>
    public void Run(Sequence sequence)
    {
        sequence.Order = ++_orders;
        sequence.Lane = Lane;
        Lane.ExtraSeats += sequence.Seats - 1;
        if (Policy.RunsByArrival) Running.InsertByArrival(sequence);
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

        if (sequence.MoreOutputs.Length > 0) Branch(sequence);
        else Join(sequence);
    }

    /// <summary>A prompt is computed from which several outputs are sampled: each becomes a sequence. All have their first token by now.</summary>
    private void Branch(Sequence first)
    {
        var lengths = first.MoreOutputs;
        var share = first.Blocks / first.Seats;
        Lane.ExtraSeats -= first.Seats - 1;
        var prompt = first.Prompt = new SampledPrompt(first);
        foreach (var length in lengths)
        {
            if (length == 1) continue;
            var output = new Sequence();
            output.Branch(first, length);
            prompt.Sequences.Add(output);
            prompt.Unfinished++;
        }

        if (!Policy.Paged)
        {
            // What was reserved for all is now each one's own.
            foreach (var output in prompt.Sequences.Skip(1))
            {
                output.Blocks = share;
                first.Blocks -= share;
            }
        }
        else if (Kv.Window == 0)
        {
            Kv.Share(prompt);
        }

        Join(first);
        foreach (var output in prompt.Sequences.Skip(1))
        {
            // Blocks that leave a window one by one are not shared: each output gets copies, or waits until there is room to compute them.
            if (Policy.Paged && Kv.Window > 0 && !Kv.TryCopy(first, output))
            {
                output.Computed = 0;
                WaitingPromptTokens += output.Reached;
                CountPreemption(output);
                Waiting.Return(output);
                continue;
            }

            Run(output);
            Join(output);
        }
    }

    private void Join(Sequence sequence)
    {
        Decodes.Join(sequence);
        if (Kv.NamesMore(sequence, sequence.Computed)) Decodes.WatchFills(sequence, 0);
    }

    /// <summary>Takes a sequence off the running.</summary>
    private static void Stop(Sequence sequence)
    {
        sequence.Lane!.ExtraSeats -= sequence.Seats - 1;
        sequence.List!.Remove(sequence);
    }

    /// <summary>Says that up to <paramref name="times"/> following iterations may decode the same set again while nobody arrives at the front or finishes and so many blocks stay free.</summary>
    public void Steady(long headroom, long times = long.MaxValue)
    {
        if (Lane.Named) return;
        // Windows that pass blocks make room while all only decode, so whoever is held back has to be looked at each time.
        if (Kv.Window > 0 && (WaitingCount > 0 || Swapped.List.Count > 0 || Running.Count > Decodes.Count)) return;
        Lane.Steady(headroom, times);
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
        Stop(sequence);
        Kv.Release(sequence);
    }

    /// <summary>A prompt that is complete leaves for where it is decoded; its blocks stay taken until they are copied.</summary>
    public void HandOver(Sequence sequence)
    {
        Stop(sequence);
        CountOut(sequence);
        _owner.Prefilled(this, sequence);
    }

    /// <summary>Admitted and unfinished sequences of all lanes.</summary>
    public IEnumerable<Sequence> AllRunning()
    {
        foreach (var lane in _lanes)
            for (var sequence = lane.Running.First; sequence is not null; sequence = sequence.Next) yield return sequence;
    }

    /// <summary>The last of the running sequences of all lanes, by arrival or by admission: who gives way when blocks run out.</summary>
    public Sequence Newest()
    {
        var newest = Running.Last;
        foreach (var lane in _lanes)
        {
            if (lane == Lane || lane.Running.Last is not { } last) continue;
            if (newest is null || (Policy.RunsByArrival ? last.ArrivedAfter(newest) : last.Order > newest.Order)) newest = last;
        }

        return newest ?? throw new InvalidOperationException("nothing runs");
    }

    /// <summary>
    /// Takes a running sequence's blocks; it waits again, and what it had computed is computed again. One whose batch is in flight in another lane loses what
    /// that batch brings it.
    /// </summary>
    /// <param name="victim">The sequence.</param>
    /// <param name="scheduledTokens">Tokens that it was given in the iteration being put together; they are taken back.</param>
    /// <param name="toBack">Whether it queues like a new request rather than before all others.</param>
    public void Recompute(Sequence victim, int scheduledTokens = 0, bool toBack = false)
    {
        if (victim.Lane is { IsIdle: false } lane && lane != Lane) scheduledTokens = victim.Set is null ? lane.Batch.TokensOf(victim) : lane.Batch.Decodes ? 1 : 0;
        if (victim.Set is { } set) set.Leave(victim);
        else if (scheduledTokens > 0) victim.Lane!.Batch.Remove(victim);
        Stop(victim);
        Kv.Release(victim, Policy.KeptTokens(victim, scheduledTokens));
        victim.Computed = 0;
        CountPreemption(victim);
        WaitingPromptTokens += victim.Reached;
        if (toBack) Waiting.Add(victim);
        else Waiting.Return(victim);
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
        Decodes.GrowAll(Kv);
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
        Decodes.Write(sequence, Kv);
        Name(sequence);
        return true;
    }

    /// <summary>Counts what an admission took from the prefix cache and what it has to do again.</summary>
    private void CountAdmission(Sequence sequence)
    {
        // What is computed before a sequence has run is what the cache spares it.
        var hitTokens = sequence.Computed;
        WaitingPromptTokens -= sequence.Reached;
        Totals.PrefixHitTokens += hitTokens;
        if (Configuration.PrefixCache) Totals.PrefixQueryTokens += sequence.Reached;
        if (sequence.Preemptions == 0)
        {
            sequence.CachedTokens = hitTokens;
            return;
        }

        var again = Math.Max(0, sequence.Reached - hitTokens);
        sequence.RecomputedTokens += again;
        Totals.RecomputedTokens += again;
    }

    /// <summary>Makes the blocks known that the coming step fills, where others might hit them.</summary>
    private void NameFills()
    {
        while (Decodes.NextFill <= Decodes.Step)
        {
            if (Decodes.PopFill() is not { } sequence) continue;
            Name(sequence);
            if (Kv.NamesMore(sequence, sequence.Computed + 1)) Decodes.WatchFills(sequence, 1);
        }
    }

    /// <summary>Names the block that a decode fills in the coming step; what waits might be admitted for it.</summary>
    private void Name(Sequence sequence)
    {
        var named = sequence.Cached.Named;
        Kv.NameFull(sequence, sequence.Computed + 1);
        Lane.Named |= sequence.Cached.Named > named;
    }
}
