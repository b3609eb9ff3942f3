using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;

namespace LlmSim.Workloads.Clients;

/// <summary>One client of a multi-client load.</summary>
/// <param name="Behaviour">How its requests arrive.</param>
/// <param name="Prompt">Prompt tokens.</param>
/// <param name="Output">Output tokens.</param>
public sealed record ClientStatistics(ClientBehaviour Behaviour, Quantiles Prompt, Quantiles Output);

/// <summary>The clients of a production service. To add one: a file beside this one, and its line in <see cref="All"/>.</summary>
/// <param name="Name">Its name in <c>workload.arrivals.profile</c>.</param>
/// <param name="Clients">The clients, busiest first.</param>
public sealed record ClientProfile(string Name, IReadOnlyList<ClientStatistics> Clients)
{
    /// <summary>All profiles.</summary>
    public static IReadOnlyList<ClientProfile> All { get; } = [MLargeClients.Profile, MSmallClients.Profile, DeepSeekR1Clients.Profile];

    /// <summary>The profile of that name, or null.</summary>
    public static ClientProfile? Named(string name) => All.FirstOrDefault(p => p.Name == name);
}
