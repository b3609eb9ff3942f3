using LlmSim.Serving.Policies;
using LlmSim.Serving.Results;

namespace LlmSim.Serving.Engines;

/// <summary>
/// One of the batches that an engine has in flight, with the sequences that take turns in it: a single one, or as many as a pipeline has stages. What is in flight is not
/// scheduled anew, so a sequence stays with its lane from its admission on; the cache, the seats and the queue belong to all lanes. The policy has
/// a state of its own in each.
/// </summary>
internal sealed class Lane
{
    private long _steadyLeft;
    private long _headroom;

    public Lane(Engine engine, int index, IBatchingPolicy policy, DecodeSet decodes, IServingObserver? observer)
    {
        Index = index;
        Policy = policy;
        Decodes = decodes;
        Log = new IterationLog(engine, this, observer);
    }

    public int Index { get; }

    public IBatchingPolicy Policy { get; }

    /// <summary>Admitted and unfinished sequences, in the order in which the policy admitted them.</summary>
    public SequenceList Running { get; } = new();

    /// <summary>Seats that running requests take for outputs that are no sequences yet.</summary>
    public int ExtraSeats { get; set; }

    /// <summary>Seats taken.</summary>
    public int Seats => Running.Count + ExtraSeats;

    public DecodeSet Decodes { get; }

    public Batch Batch { get; } = new();

    public IterationLog Log { get; }

    /// <summary>Start of the iteration under way.</summary>
    public long Start { get; set; }

    /// <summary>End of the iteration under way; <see cref="long.MaxValue"/> while there is none.</summary>
    public long End { get; set; } = long.MaxValue;

    public bool IsIdle => End == long.MaxValue;

    /// <summary>Whether it had no sequence when scheduling began at this moment.</summary>
    public bool IsEmpty { get; set; }

    /// <summary>Time that the iteration being put together spends on moving blocks to and from host memory.</summary>
    public long SwapNanoseconds { get; set; }

    /// <summary>Whether the policy has to be asked again at the end of this iteration.</summary>
    public bool Disturbed { get; set; } = true;

    /// <summary>Whether a block became known that what waits might be admitted for.</summary>
    public bool Named { get; set; }

    /// <summary>Forgets the iteration that ended, before the next one is put together.</summary>
    public void Clear()
    {
        Batch.Clear();
        Disturbed = Named = false;
        _steadyLeft = 0;
        SwapNanoseconds = 0;
    }

    /// <summary>Whether the iteration put together may be followed by the same one.</summary>
    public bool IsSteady => _steadyLeft > 0;

    /// <summary>Allows the same decodes so many times again while so many blocks stay free.</summary>
    public void Steady(long headroom, long times) => (_headroom, _steadyLeft) = (headroom, times);

    /// <summary>Whether the iteration under way can be followed by the same one, and the blocks that it needs.</summary>
    public bool CanRepeat(long freeBlocks, out long blocks)
    {
        blocks = 0;
        if (_steadyLeft <= 0 || Disturbed) return false;
        var next = Decodes.Step + 1;
        if (Decodes.NextFinish <= next || Decodes.NextFill <= next) return false;
        blocks = Decodes.BlocksNeeded(next);
        return freeBlocks - blocks >= _headroom;
    }

    /// <summary>The decodes of the iteration that ended at <paramref name="now"/> have their tokens, and the same ones begin again.</summary>
    public void Repeat(long now)
    {
        Decodes.Advance(now);
        _steadyLeft--;
        SwapNanoseconds = 0;
    }
}
