using LlmSim.Workloads.Lengths.Named;

namespace LlmSim.Workloads.Lengths;

/// <summary>
/// Lengths with the published statistics of real traces, found by name. To add one: a file in <c>Named</c> and its line here.
/// </summary>
public static class NamedLengths
{
    /// <summary>The names, in the order in which people are shown them.</summary>
    public static IReadOnlyList<string> All { get; } = ["azure-conversation", "azure-code", "sharegpt", "mooncake-conversation"];

    /// <summary>The statistics of that name, or null.</summary>
    public static LengthStatistics? Find(string name) => name switch
    {
        "azure-conversation" => AzureConversation.Statistics,
        "azure-code" => AzureCode.Statistics,
        "sharegpt" => ShareGpt.Statistics,
        "mooncake-conversation" => MooncakeConversation.Statistics,
        _ => null,
    };
}
