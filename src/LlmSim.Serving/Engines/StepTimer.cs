using LlmSim.Execution.StepCosts;
using LlmSim.Graphs.Batches;
using LlmSim.Serving.Results;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Engines;

/// <summary>
/// How long an iteration takes: host time, then the device, or the stages of a pipeline one after another, each as soon as the batch before has left it. Keeps the
/// totals of what was computed.
/// </summary>
internal sealed class StepTimer
{
    private readonly EngineConfiguration _configuration;
    private readonly IStepCost _cost;
    private readonly ReplicaTotals _totals;
    private readonly long[] _stageFree;
    private long _hostFree;

    public StepTimer(EngineConfiguration configuration, IStepCost cost, ReplicaTotals totals)
    {
        (_configuration, _cost, _totals) = (configuration, cost, totals);
        _stageFree = new long[cost.Stages];
        totals.Stages = cost.Stages;
    }

    /// <summary>The end of an iteration that is put together now.</summary>
    /// <param name="now">This moment, in nanoseconds.</param>
    /// <param name="shape">Its batch.</param>
    /// <param name="sequences">Sequences in it.</param>
    /// <param name="swapNanoseconds">What moving KV blocks to and from host memory takes before it can start.</param>
    /// <param name="copiedBlocks">KV blocks copied within the device's memory before it can start.</param>
    public long End(long now, in BatchShape shape, int sequences, long swapNanoseconds, long copiedBlocks)
    {
        Count(in shape, sequences);
        var copyNanoseconds = swapNanoseconds + (copiedBlocks > 0 ? Copy(copiedBlocks) : 0);
        var host = _configuration.HostNanoseconds + sequences * _configuration.HostNanosecondsPerSequence;
        if (_stageFree.Length > 1) return ThroughStages(now, in shape, host, copyNanoseconds);
        var device = _configuration.CapturedBatchSizes.Length == 0 ? _cost.Nanoseconds(in shape) : _cost.Nanoseconds(Padded(in shape));
        var duration = _configuration.AsyncScheduling ? Math.Max(device, host) : device + host;
        _totals.HostNanoseconds += duration - device;
        return now + duration + copyNanoseconds;
    }

    /// <summary>The host prepares one batch after another, while the stages work on those before.</summary>
    private long ThroughStages(long now, in BatchShape shape, long host, long copyNanoseconds)
    {
        var padded = Padded(in shape);
        var (couldEnter, ready) = (Math.Max(now, _stageFree[0]), Math.Max(now, _hostFree) + host);
        _hostFree = ready;
        _totals.HostNanoseconds += Math.Max(0, ready - couldEnter);
        var time = ready + copyNanoseconds;
        for (var stage = 0; stage < _stageFree.Length; stage++)
        {
            var duration = _cost.StageNanoseconds(stage, in padded);
            time = Math.Max(time, _stageFree[stage]) + duration;
            _stageFree[stage] = time;
            _totals.StageNanoseconds += duration;
        }

        return time;
    }

    /// <summary>Every byte of a copied block is read and written once; 0 where the memory's bandwidth is not known.</summary>
    private long Copy(long blocks)
    {
        if (_configuration.MemoryBytesPerSecond is not { } bandwidth) return 0;
        var nanoseconds = (long)Math.Round(2.0 * blocks * _configuration.BlockTokens * _configuration.KvBytesPerToken / bandwidth * 1e9);
        _totals.CopyNanoseconds += nanoseconds;
        return nanoseconds;
    }

    private void Count(in BatchShape shape, int sequences)
    {
        _totals.SequenceIterations += sequences;
        _totals.PrefillTokens += shape.Prefill.Tokens;
        if (shape.Prefill.Tokens > 0) _totals.PrefillIterations++;
        _totals.DecodeTokens += shape.Decode.Tokens;
        _totals.Pairs += shape.Prefill.Pairs + shape.Decode.Pairs;
        _totals.ContextTokens += shape.Prefill.ContextTokens + shape.Decode.ContextTokens;
        _totals.SampledPositions += shape.SampledPositions;
    }

    /// <summary>The batch with as many tokens as the captured graph that runs it; the padding attends to nothing.</summary>
    private BatchShape Padded(in BatchShape shape)
    {
        var padded = shape;
        var sizes = _configuration.CapturedBatchSizes;
        var tokens = shape.Tokens;
        if (sizes.Length == 0 || tokens > sizes[^1] || (shape.Prefill.Tokens > 0 && !_configuration.CaptureMixedBatches)) return padded;
        var at = Array.BinarySearch(sizes, (int)tokens);
        if (at >= 0) return padded;
        padded.Decode.Tokens += sizes[~at] - tokens;
        padded.Decode.ChunkSquares += sizes[~at] - tokens;
        return padded;
    }
}
