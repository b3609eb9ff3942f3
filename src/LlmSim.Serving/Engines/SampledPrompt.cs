namespace LlmSim.Serving.Engines;

/// <summary>
/// A prompt from which several outputs are sampled, each a sequence of its own. They hold the prompt's blocks together, and whoever first writes into the last, partly filled one
/// while others hold it takes a copy.
/// </summary>
/// <param name="first">The sequence that computed the prompt.</param>
internal sealed class SampledPrompt(Sequence first)
{
    /// <summary>The sequences, the one that computed the prompt first; outputs of a single token have none.</summary>
    public List<Sequence> Sequences { get; } = [first];

    /// <summary>Sequences that have not got all their tokens.</summary>
    public int Unfinished { get; set; } = 1;

    /// <summary>Sequences that hold the prompt's blocks.</summary>
    public int Holders { get; set; }

    /// <summary>The prompt's full blocks that the prefix cache does not know by a key.</summary>
    public long FullBlocks { get; set; }

    /// <summary>Holders that have not written a token of their own yet: they hold the last, partly filled block.</summary>
    public int Unwritten { get; set; }

    /// <summary>For counting <see cref="Unwritten"/> down without changing it.</summary>
    public int Counting { get; set; }

    /// <summary>Whether its end was reported.</summary>
    public bool IsReported { get; set; }
}
