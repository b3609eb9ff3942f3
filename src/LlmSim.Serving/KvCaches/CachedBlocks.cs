namespace LlmSim.Serving.KvCaches;

/// <summary>What a sequence has to do with the prefix cache.</summary>
internal struct CachedBlocks
{
    /// <summary>Nodes of its leading blocks that the cache knows by key; the first <see cref="Named"/> are valid.</summary>
    public int[] Nodes;

    /// <summary>Leading blocks held under a key.</summary>
    public int Named;

    /// <summary>The free-list segment that holds the private blocks it had when it was preempted; 0 when there is none.</summary>
    public int Leftover;

    /// <summary>Named units that came before that segment.</summary>
    public int LeftoverAfter;

    /// <summary>Leading blocks of that segment that were full, so that they can be hit.</summary>
    public long LeftoverFull;

    public void Reset() => Named = Leftover = 0;
}
