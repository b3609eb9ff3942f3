namespace LlmSim.Serving.Results;

/// <summary>What a replica holds at one moment.</summary>
/// <param name="Running">Admitted and unfinished sequences.</param>
/// <param name="Waiting">Requests that wait for admission.</param>
/// <param name="Swapped">Sequences swapped out to host memory.</param>
/// <param name="KvBlocksUsed">KV blocks in use.</param>
/// <param name="KvBlocks">KV blocks there are.</param>
public readonly record struct ReplicaLoad(int Running, int Waiting, int Swapped, long KvBlocksUsed, long KvBlocks);
