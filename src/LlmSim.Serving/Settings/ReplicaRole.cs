namespace LlmSim.Serving.Settings;

/// <summary>What a replica does where prefill and decode may be apart.</summary>
internal enum ReplicaRole
{
    /// <summary>Both.</summary>
    Mixed,

    /// <summary>Prompts only; the keys and values then move to a decode replica.</summary>
    Prefill,

    /// <summary>Decodes only.</summary>
    Decode,
}
