using LlmSim.Files;
using LlmSim.Serving.Settings;

namespace LlmSim.Serving.Clusters;

/// <summary>Checks that the replicas of a cluster fit together.</summary>
internal static class ClusterCheck
{
    /// <summary>Replicas that only prefill, and those that only decode.</summary>
    public static (int Prefills, int Decodes) Roles(ClusterSettings settings) =>
        (settings.Replicas.Count(replica => replica.Engine.Role == "prefill"), settings.Replicas.Count(replica => replica.Engine.Role == "decode"));

    public static void Check(ClusterSettings settings, int prefills, int decodes, InputErrors errors)
    {
        var others = settings.Replicas.Count - prefills - decodes;
        if (decodes > 0 && prefills == 0) errors.Add(settings.File, 0, "replicas", "there are decode replicas, but none that prefills for them", "give some replica the role \"prefill\"");
        if (prefills > 0 && decodes + others == 0) errors.Add(settings.File, 0, "replicas", "there are prefill replicas, but none that decodes", "give some replica the role \"decode\" or \"mixed\"");
        if (settings.KvLink is not { } link)
        {
            if (prefills > 0) errors.Add(settings.File, 0, "kvLink", "is missing", "keys and values go from prefill to decode replicas over this link");
            return;
        }

        if (!(link.BytesPerSecond > 0) || !double.IsFinite(link.BytesPerSecond)) errors.Add(settings.File, 0, "kvLink.bytesPerSecond", $"{link.BytesPerSecond} is not above 0 and finite");
        if (link.LatencyNanoseconds is < 0 or > 1L << 50) errors.Add(settings.File, 0, "kvLink.latencyNanoseconds", $"{link.LatencyNanoseconds} is not at least 0 and reasonable");
        if (link.OverlappedLayers is < 0 or > 100_000) errors.Add(settings.File, 0, "kvLink.overlappedLayers", $"{link.OverlappedLayers} is not from 0 to 100000");
    }
}
