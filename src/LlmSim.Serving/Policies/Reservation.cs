using LlmSim.Serving.Engines;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>Contiguous allocation, as before paging: room for the longest output that a request may have is kept from its admission on.</summary>
internal static class Reservation
{
    /// <summary>Blocks for the maximum length of each output, or for the request itself where that is longer.</summary>
    public static long Blocks(Engine engine, EngineConfiguration configuration, Sequence sequence) =>
        sequence.Seats * engine.Kv.BlocksOf(Math.Max(configuration.MaxLength, sequence.Request.PromptTokens + (long)sequence.OutputTokens));

    /// <summary>Admits whole prompts in order while there are seats and room.</summary>
    public static void Admit(Engine engine, EngineConfiguration configuration)
    {
        while (engine.Waiting.First is { } sequence && engine.HasSeat(sequence) && engine.Kv.TryReserve(sequence, Blocks(engine, configuration, sequence)))
            engine.Admit(sequence, sequence.Reached);
    }
}
