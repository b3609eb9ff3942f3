namespace LlmSim.Execution.Tests.Parallelism;

/// <summary>
/// Micro-batches through pipeline stages, in order: a stage takes a micro-batch when the stage before has finished it and it has itself finished
/// the one before. What planned pipelines have to come to, in closed form.
/// </summary>
internal sealed class PipelineSchedule
{
    private readonly long[,] _ends;
    private readonly long[,] _durations;

    /// <summary>Places all micro-batches.</summary>
    /// <param name="durations">Ticks that each stage (first index) takes for each micro-batch (second index), its send included.</param>
    public PipelineSchedule(long[,] durations)
    {
        ArgumentNullException.ThrowIfNull(durations);
        _durations = durations;
        (Stages, MicroBatches) = (durations.GetLength(0), durations.GetLength(1));
        _ends = new long[Stages, MicroBatches];
        for (var m = 0; m < MicroBatches; m++)
        {
            for (var s = 0; s < Stages; s++)
            {
                var ready = Math.Max(s > 0 ? _ends[s - 1, m] : 0, m > 0 ? _ends[s, m - 1] : 0);
                _ends[s, m] = checked(ready + durations[s, m]);
            }
        }
    }

    /// <summary>Stages.</summary>
    public int Stages { get; }

    /// <summary>Micro-batches.</summary>
    public int MicroBatches { get; }

    /// <summary>When a stage begins a micro-batch, in ticks.</summary>
    public long Start(int stage, int microBatch) => _ends[stage, microBatch] - _durations[stage, microBatch];

    /// <summary>When the last stage has finished, in ticks.</summary>
    public long Length => Stages == 0 || MicroBatches == 0 ? 0 : _ends[Stages - 1, MicroBatches - 1];

    /// <summary>Share of all stages' time during which they idle, 0 to 1: (p − 1)/(m + p − 1) for equal durations.</summary>
    public double BubbleShare
    {
        get
        {
            double busy = 0;
            foreach (var duration in _durations) busy += duration;
            return Length > 0 ? 1 - busy / ((double)Length * Stages) : 0;
        }
    }
}
