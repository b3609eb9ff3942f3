using LlmSim.Execution.Memory;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Graphs.Batches;
using LlmSim.Kernel.Time;

namespace LlmSim.Execution.Tests.Offloading;

/// <summary>
/// Generating a fixed number of tokens for equal prompts: one prefill pass over the block, then decode passes. Decode time is linear in the context, so all
/// decode passes take what as many at the mean context take.
/// </summary>
/// <param name="PrefillSeconds">Time of the prefill pass.</param>
/// <param name="DecodeSeconds">Time of one decode pass at the mean context.</param>
/// <param name="OutputTokens">Tokens generated for each prompt; the prefill makes the first.</param>
/// <param name="Sequences">Prompts in the block.</param>
/// <param name="Peaks">For each memory the larger peak of both passes, the decode at its longest context.</param>
internal sealed record Generation(double PrefillSeconds, double DecodeSeconds, int OutputTokens, int Sequences, IReadOnlyList<TierPeak> Peaks)
{
    /// <summary>Time from the first copy to the last token.</summary>
    public double Seconds => PrefillSeconds + (OutputTokens - 1) * DecodeSeconds;

    /// <summary>Tokens generated per second, over all sequences.</summary>
    public double TokensPerSecond => (double)Sequences * OutputTokens / Seconds;

    /// <summary>Whether every memory holds its peak.</summary>
    public bool Fits => Peaks.All(p => p.PeakBytes <= p.CapacityBytes);

    /// <summary>Runs both kinds of pass.</summary>
    /// <param name="planner">Plans the passes; its policy says how many batches a block has.</param>
    /// <param name="batchesPerBlock">Batches in a block.</param>
    /// <param name="sequencesPerBatch">Prompts in one batch of the block.</param>
    /// <param name="promptTokens">Tokens of each prompt, at least 1.</param>
    /// <param name="outputTokens">Tokens to generate for each, at least 1.</param>
    public static Generation Of(IPassPlanner planner, int batchesPerBlock, int sequencesPerBatch, int promptTokens, int outputTokens)
    {
        ArgumentNullException.ThrowIfNull(planner);
        var prefill = Scheduler.Run(planner.Plan(BatchShape.UniformPrefill(sequencesPerBatch, promptTokens, planner.Needs)));
        // Decode pass i = 1 … n − 1 finds prompt + i − 1 tokens in the cache.
        var mean = promptTokens + Math.Max(0, outputTokens - 2) / 2;
        var decode = Scheduler.Run(planner.Plan(BatchShape.UniformDecode(sequencesPerBatch, mean, planner.Needs)));
        var last = Scheduler.Run(planner.Plan(BatchShape.UniformDecode(sequencesPerBatch, promptTokens + outputTokens, planner.Needs)));
        var peaks = MemoryCurve.Of(prefill).Zip(MemoryCurve.Of(last), (a, b) => new TierPeak(a.Tier, Math.Max(a.PeakBytes, b.PeakBytes), a.CapacityBytes));
        return new Generation(
            Tick.Picosecond.ToSeconds(prefill.Picoseconds), Tick.Picosecond.ToSeconds(decode.Picoseconds), outputTokens, batchesPerBlock * sequencesPerBatch, [.. peaks]);
    }
}

/// <summary>The most that a memory has to hold, and what it can.</summary>
/// <param name="Tier">Its name.</param>
/// <param name="PeakBytes">The most.</param>
/// <param name="CapacityBytes">What it can.</param>
internal readonly record struct TierPeak(string Tier, double PeakBytes, double CapacityBytes);
