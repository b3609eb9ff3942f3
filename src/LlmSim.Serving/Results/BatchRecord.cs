using LlmSim.Graphs.Batches;

namespace LlmSim.Serving.Results;

/// <summary>The batch of one iteration, as it begins.</summary>
/// <param name="Replica">Replica.</param>
/// <param name="Lane">Which of the batches that a pipeline has in flight.</param>
/// <param name="StartNanoseconds">Its start.</param>
/// <param name="EndNanoseconds">Its end.</param>
/// <param name="Sequences">Sequences in it.</param>
/// <param name="Shape">Its sums.</param>
public readonly record struct BatchRecord(int Replica, int Lane, long StartNanoseconds, long EndNanoseconds, int Sequences, BatchShape Shape);
