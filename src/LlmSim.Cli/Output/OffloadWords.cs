using System.Globalization;
using System.Text.Json;
using LlmSim.Charts.Numbers;
using LlmSim.Execution.Offloading;
using LlmSim.Studies.Passes;

namespace LlmSim.Cli.Output;

/// <summary>What offloading came to, in words and as JSON: with a search, what it found.</summary>
internal static class OffloadWords
{
    /// <summary>One sentence.</summary>
    public static string Describe(OffloadPolicy policy, PassAnswer answer)
    {
        var block = policy.BatchesPerBlock > 1 ? $"; blocks of {policy.BatchesPerBlock} batches of {answer.Question.SequencesPerPart}" : "";
        return $"Offloading ({policy.Name}): weights {Places(policy.Weights)}{(policy.ByLayer ? " by whole layers" : "")}; KV cache {Places(policy.KvCache)}"
            + $"{(policy.CpuAttention ? ", attended to by the CPU where it lies" : "")}; hidden states {(policy.ActivationsOnHost ? "in host memory" : "on the device")}{block}; operators take "
            + $"{SiFormat.Value(answer.OperatorSeconds, Unit.Seconds)} by themselves.";
    }

    /// <summary>Writes the member <c>offload</c>.</summary>
    public static void Write(Utf8JsonWriter json, OffloadPolicy policy)
    {
        json.WriteStartObject("offload");
        json.WriteString("schedule", policy.Name);
        Write(json, "weights", policy.Weights);
        Write(json, "kv", policy.KvCache);
        json.WriteBoolean("wholeLayers", policy.ByLayer);
        json.WriteNumber("prefetchLayers", policy.PrefetchLayers);
        json.WriteBoolean("pinned", policy.Pinned);
        json.WriteBoolean("hiddenStatesOnHost", policy.ActivationsOnHost);
        json.WriteBoolean("cpuAttention", policy.CpuAttention);
        json.WriteNumber("batchesPerBlock", policy.BatchesPerBlock);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, string name, Shares shares)
    {
        json.WriteStartObject(name);
        json.WriteNumber("device", shares.Device);
        json.WriteNumber("host", shares.Host);
        json.WriteNumber("flash", shares.Flash);
        json.WriteEndObject();
    }

    private static string Places(Shares shares) => string.Join(" / ", new[] { shares.Device, shares.Host, shares.Flash }.Select(s => (100 * s).ToString("0.#", CultureInfo.InvariantCulture)))
        + " % on device / host / flash";
}
