using LlmSim.Execution.Memory;
using LlmSim.Execution.Placement;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Routers;
using LlmSim.Studies.Engines;
using LlmSim.Workloads.Clients;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Traces;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>Names that a scenario may use because something of that name is built in.</summary>
internal static class KnownNames
{
    private static readonly string[] s_lengthKinds = ["fixed", "uniform", "log-normal", "file", "clients"];

    /// <summary>The names of a set.</summary>
    public static IReadOnlyList<string> Of(string set) => set switch
    {
        "policies" => [.. BatchingPolicies.Names],
        "routers" => [.. RoutingPolicies.Names],
        "lengths" => [.. s_lengthKinds, .. NamedLengths.All],
        "profiles" => [.. ClientProfile.All.Select(p => p.Name)],
        "traces" => [.. TraceFormats.All.Select(f => f.Name)],
        "hostTimes" => EngineTimes.Names,
        "allocators" => [.. AllocatorRounding.All.Select(a => a.Name)],
        "placements" => [.. PlacementPolicies.All.Select(p => p.Name)],
        _ => throw new ArgumentOutOfRangeException(nameof(set), set, null),
    };
}
