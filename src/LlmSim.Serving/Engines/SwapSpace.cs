namespace LlmSim.Serving.Engines;

/// <summary>Sequences whose KV blocks were moved to host memory, over the link to it, and wait there to decode on.</summary>
internal sealed class SwapSpace(Engine engine)
{
    private long _blocks;

    /// <summary>They, in order of arrival.</summary>
    public SequenceList List { get; } = new();

    /// <summary>Moves a decoding sequence's blocks to host memory, if they find room there.</summary>
    public bool TryOut(Sequence victim)
    {
        if (victim.Set is not { } set || _blocks + victim.Blocks > engine.Configuration.SwapBlocks) return false;
        set.Leave(victim);
        victim.List!.Remove(victim);
        // What a batch in flight was about to write is not kept.
        victim.SwappedBlocks = engine.Kv.Held(victim.Computed - 1, 1);
        _blocks += victim.SwappedBlocks;
        engine.Totals.PeakSwappedBlocks = Math.Max(engine.Totals.PeakSwappedBlocks, _blocks);
        engine.Totals.SwappedOut++;
        engine.Kv.Release(victim);
        Move(victim.SwappedBlocks);
        engine.CountPreemption(victim);
        List.InsertByArrival(victim);
        return true;
    }

    /// <summary>Brings a sequence's blocks back and lets it decode again.</summary>
    public void In(Sequence sequence)
    {
        List.Remove(sequence);
        engine.Kv.TryReserve(sequence, sequence.SwappedBlocks);
        _blocks -= sequence.SwappedBlocks;
        Move(sequence.SwappedBlocks);
        sequence.SwappedBlocks = 0;
        engine.Run(sequence);
        engine.Decode(sequence);
    }

    private void Move(long blocks)
    {
        var c = engine.Configuration;
        engine.Lane.SwapNanoseconds += (long)Math.Round(blocks * (double)c.BlockTokens * c.KvBytesPerToken / c.HostLinkBytesPerSecond * 1e9);
    }
}
