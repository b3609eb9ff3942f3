namespace LlmSim.Serving.Policies;

/// <summary>All batching policies, found by name.</summary>
public static class BatchingPolicies
{
    /// <summary>The policies, in the order in which lists show them.</summary>
    public static IReadOnlyList<PolicyDescription> All { get; } =
    [
        StaticPolicy.Description,
        OrcaPolicy.Description,
        VllmV0Policy.Description,
        VllmV1Policy.Description,
        SarathiPolicy.Description,
        FastGenPolicy.Description,
        LightLlmPolicy.Description,
        SglangPolicy.Description,
        PrefillDecodePolicy.Description,
    ];

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => All.Select(policy => policy.Name);

    /// <summary>The policy of this name; null when there is none.</summary>
    public static PolicyDescription? Find(string name) => All.FirstOrDefault(policy => policy.Name == name);
}
