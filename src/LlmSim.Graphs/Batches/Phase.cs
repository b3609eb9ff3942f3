namespace LlmSim.Graphs.Batches;

/// <summary>The two ways in which a decoder runs.</summary>
public enum Phase
{
    /// <summary>Processes prompt tokens, many per sequence.</summary>
    Prefill,

    /// <summary>Produces one token per sequence.</summary>
    Decode,
}
