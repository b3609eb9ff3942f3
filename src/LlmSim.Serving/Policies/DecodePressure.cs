using LlmSim.Serving.Engines;

namespace LlmSim.Serving.Policies;

/// <summary>How engines of the v0 generation give decodes their blocks: when blocks run out, one by one in order, the tail preempted until each has its own.</summary>
internal static class DecodePressure
{
    /// <summary>Grants every decode its block, or preempts; whether anybody was.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="swap">Whether victims are swapped to host memory while there is room.</param>
    /// <param name="swapOutputs">Whether at least those are that hold blocks together with other outputs of their prompt.</param>
    public static bool Grow(Engine engine, bool swap = false, bool swapOutputs = false)
    {
        // Each decode asks for a free block whether it needs one or not, so one has to be left for the last.
        if (engine.TryGrowDecodes(headroom: 1)) return false;
        var preempted = false;
        for (var sequence = engine.Running.First; sequence is not null;)
        {
            if (sequence.Set is null)
            {
                sequence = sequence.Next;
                continue;
            }

            var lost = false;
            while (!lost && engine.Kv.Free < 1)
            {
                var victim = engine.Newest();
                lost = victim == sequence;
                preempted = true;
                if (!((swap || (swapOutputs && victim.SharesBlocks)) && engine.Swapped.TryOut(victim))) engine.Recompute(victim);
            }

            if (lost) break; // it was the tail itself
            engine.TryGrow(sequence);
            sequence = sequence.Next;
        }

        return preempted;
    }
}
