using LlmSim.Graphs.Batches;
using LlmSim.Serving.Results;

namespace LlmSim.Serving.Engines;

/// <summary>Tells an observer of the iterations of one lane, uneventful decode runs merged into one record.</summary>
internal sealed class IterationLog(Engine engine, Lane lane, IServingObserver? observer)
{
    private readonly bool _wanted = observer?.WantsIterations ?? false;
    private IterationRecord _open;
    private bool _isOpen;
    private bool _interrupted;

    /// <summary>A scheduled iteration begins.</summary>
    public void Begin(long now, in BatchShape shape, int decodes, int preempted)
    {
        if (!_wanted) return;
        Flush();
        _open = new IterationRecord(
            engine.Replica, now, now, 1, lane.Batch.Count, shape.Tokens - decodes, decodes, engine.RunningCount,
            engine.WaitingCount + engine.Swapped.List.Count, engine.Kv.Used, preempted, lane.Index);
        _isOpen = true;
        _interrupted = false;
    }

    /// <summary>An iteration ended at <paramref name="now"/> and the same one begins again.</summary>
    public void Repeat(long now)
    {
        if (!_wanted) return;
        if (_interrupted)
        {
            var next = _open with { StartNanoseconds = now, Iterations = 1, Waiting = engine.WaitingCount + engine.Swapped.List.Count, KvBlocksUsed = engine.Kv.Used, Preempted = 0 };
            End(now);
            Flush();
            _open = next;
            _isOpen = true;
            _interrupted = false;
            return;
        }

        _open = _open with { Iterations = _open.Iterations + 1, KvBlocksUsed = engine.Kv.Used };
    }

    /// <summary>The iteration under way ended.</summary>
    public void End(long now)
    {
        if (_wanted) _open = _open with { EndNanoseconds = now };
    }

    /// <summary>Something happened that shall show between two records.</summary>
    public void Interrupt() => _interrupted = true;

    /// <summary>Hands out what was merged so far.</summary>
    public void Flush()
    {
        if (!_isOpen) return;
        _isOpen = false;
        observer!.IterationsEnded(in _open);
    }
}
