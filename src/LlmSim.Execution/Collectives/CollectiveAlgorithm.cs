namespace LlmSim.Execution.Collectives;

/// <summary>How a collective is carried out. To add one: a member here and its steps in <see cref="CollectiveTimes"/>.</summary>
public enum CollectiveAlgorithm
{
    /// <summary>The fastest of those below for the size at hand, as communication libraries choose.</summary>
    Auto,

    /// <summary>Parts travel round a ring: all links are busy all the time, and latency grows with the devices.</summary>
    Ring,

    /// <summary>A reduction up a binary tree and a broadcast down, in pipelined chunks: latency grows with the logarithm of the devices.</summary>
    Tree,

    /// <summary>Every device sends to every other at once: one latency, and (n − 1) times the bytes.</summary>
    OneShot,
}
