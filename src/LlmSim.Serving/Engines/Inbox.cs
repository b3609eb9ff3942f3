namespace LlmSim.Serving.Engines;

/// <summary>Sequences that were prefilled elsewhere: expected while their keys and values move here, then ready to decode.</summary>
internal sealed class Inbox(Engine engine)
{
    /// <summary>Seats of those whose keys and values are on their way or here, and that do not decode yet; their blocks are taken already.</summary>
    public int Expected { get; private set; }

    /// <summary>Those that are here.</summary>
    public SequenceList Arrived { get; } = new();

    /// <summary>Whether a sequence finds room for its blocks and a seat.</summary>
    public bool CanExpect(Sequence sequence) =>
        engine.SeatsTaken + Expected + engine.Waiting.Count + sequence.Seats <= engine.Configuration.MaxSequences
        && engine.Kv.Free - engine.Kv.BlocksOf(sequence.Computed + 1) >= 1 + engine.Configuration.WatermarkBlocks;

    /// <summary>Takes the blocks for a sequence whose keys and values begin to move here.</summary>
    public void Expect(Sequence sequence)
    {
        engine.Kv.Take(engine.Kv.BlocksOf(sequence.Computed));
        Expected += sequence.Seats;
        engine.CountIn(sequence);
        engine.Disturb();
    }

    /// <summary>The keys and values of a sequence are here.</summary>
    public void Receive(Sequence sequence)
    {
        sequence.Blocks = engine.Kv.BlocksOf(sequence.Computed);
        Arrived.AddLast(sequence);
        engine.Disturb();
    }

    /// <summary>Lets those that arrived decode; whether there were any.</summary>
    public bool Join()
    {
        if (Arrived.Count == 0) return false;
        while (Arrived.First is { } sequence)
        {
            Arrived.Remove(sequence);
            Expected -= sequence.Seats;
            engine.Run(sequence);
            engine.Decode(sequence);
        }

        return true;
    }
}
