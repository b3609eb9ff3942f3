namespace LlmSim.Serving.Results;

/// <summary>
/// One engine iteration, or a run of uneventful ones merged: nothing but decodes of the same sequences, in which nobody arrived, was
/// admitted, finished or was preempted.
/// </summary>
/// <param name="Replica">Replica.</param>
/// <param name="StartNanoseconds">Start of the first iteration.</param>
/// <param name="EndNanoseconds">End of the last iteration.</param>
/// <param name="Iterations">Iterations merged, at least 1.</param>
/// <param name="PrefillSequences">Sequences whose prompt tokens were processed.</param>
/// <param name="PrefillTokens">Prompt tokens processed.</param>
/// <param name="DecodeSequences">Sequences that decoded, in each iteration.</param>
/// <param name="Running">Sequences admitted and not finished, while it ran.</param>
/// <param name="Waiting">Requests waiting when it started, swapped-out ones included.</param>
/// <param name="KvBlocksUsed">Blocks in use in the last iteration, after its allocations.</param>
/// <param name="Preempted">Sequences preempted when it was scheduled.</param>
/// <param name="Lane">Which of the batches that a pipeline has in flight this is, from 0; those of one lane follow each other.</param>
public readonly record struct IterationRecord(
    int Replica,
    long StartNanoseconds,
    long EndNanoseconds,
    long Iterations,
    int PrefillSequences,
    long PrefillTokens,
    int DecodeSequences,
    int Running,
    int Waiting,
    long KvBlocksUsed,
    int Preempted,
    int Lane = 0)
{
    /// <summary>Sequences in the batch of each iteration.</summary>
    public int BatchSize => PrefillSequences + DecodeSequences;
}
