namespace LlmSim.Serving.Settings;

/// <summary>Replicas and the router before them.</summary>
public sealed record ClusterSettings
{
    /// <summary>The replicas, at least one; requests name them by their index.</summary>
    public required IReadOnlyList<ReplicaSettings> Replicas { get; init; }

    /// <summary>Name of the router; <see cref="Routers.RoutingPolicies.All"/> lists them.</summary>
    public string Router { get; init; } = "round-robin";

    /// <summary>The link from prefill to decode replicas; needed when there are any.</summary>
    public KvLink? KvLink { get; init; }

    /// <summary>Seed of everything here that is left to chance: random routing, predictor errors.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>The file that errors name.</summary>
    public string File { get; init; } = "scenario";

    /// <summary>The member of that file that holds the engine settings: "engine", or "replicas[2].engine".</summary>
    public Func<int, string> MemberOfReplica { get; init; } = _ => "engine";

    /// <summary>Equal replicas.</summary>
    public static ClusterSettings Uniform(int count, ReplicaSettings replica, string router = "round-robin") =>
        new() { Replicas = [.. Enumerable.Repeat(replica, count)], Router = router };
}
