namespace LlmSim.Serving.Routers;

/// <summary>All routers, found by name.</summary>
public static class RoutingPolicies
{
    /// <summary>The routers, in the order in which lists show them.</summary>
    public static IReadOnlyList<RouterDescription> All { get; } =
    [
        RoundRobinRouter.Description,
        RandomRouter.Description,
        LeastOutstandingRouter.ByRequests,
        LeastOutstandingRouter.ByTokens,
        PowerOfTwoRouter.Description,
        PrefixAwareRouter.Description,
        KvLoadRouter.Description,
        SessionAffinityRouter.Description,
    ];

    /// <summary>Their names.</summary>
    public static IEnumerable<string> Names => All.Select(router => router.Name);

    /// <summary>The router of this name; null when there is none.</summary>
    public static RouterDescription? Find(string name) => All.FirstOrDefault(router => router.Name == name);
}
