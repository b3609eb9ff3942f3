namespace LlmSim.Execution.Parallelism;

/// <summary>How the devices of a tensor-parallel group hold one activation.</summary>
internal enum Sharding
{
    /// <summary>Every device holds all of it.</summary>
    Replicated,

    /// <summary>Each device holds its columns: its heads, its part of the inner width, its part of the vocabulary.</summary>
    Sharded,

    /// <summary>Each device holds a summand; an all-reduce makes it replicated.</summary>
    Partial,
}
