using LlmSim.Serving.Engines;
using LlmSim.Serving.KvCaches;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Policies;

/// <summary>Admission of prompts that are processed whole, as engines of the v0 generation do it: in order of arrival, a watermark of blocks kept free.</summary>
internal static class WholePrompts
{
    /// <summary>Admits the first waiting request with what is left of its prompt behind a hit of the prefix cache, if it finds room.</summary>
    public static bool TryAdmit(Engine engine, EngineConfiguration configuration, Sequence sequence, in PrefixHit hit, int tokens)
    {
        if (!engine.Kv.Fits(in hit, tokens + configuration.WatermarkBlocks * engine.Kv.BlockTokens)) return false;
        engine.Kv.TryAdmit(sequence, in hit, tokens);
        engine.Admit(sequence, tokens);
        return true;
    }
}
