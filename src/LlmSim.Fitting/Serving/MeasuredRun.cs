using System.Text;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Fitting.Serving;

/// <summary>A run of a real engine, and the scenario that replays it.</summary>
/// <param name="Folder">Its folder under <c>serving/llmservingsim_vllm</c>.</param>
/// <param name="Device">Catalogue name of the device.</param>
/// <param name="Label">For tables: "Llama-3.1-8B".</param>
/// <param name="Trace">File name of the load under <c>traces/llmservingsim</c>.</param>
/// <param name="Scenario">The scenario's members but for the load, as a user would write them.</param>
public sealed record MeasuredRun(string Folder, string Device, string Label, string Trace, string Scenario)
{
    /// <summary>The group of folders that hold such runs.</summary>
    public const string Data = "serving/llmservingsim_vllm";

    /// <summary>
    /// vLLM 0.19 with 300 ShareGPT requests at ten a second. What the engine printed is used (the number of KV blocks, where it was kept), and what the
    /// runs' publishers say of the link between the two cards (16 GB/s, 20 µs); all else is what <c>llmsim run</c> takes by itself. Two data-parallel ranks
    /// are one replica with twice the seats and tokens.
    /// </summary>
    public static IReadOnlyList<MeasuredRun> All { get; } =
    [
        new("RTX4090_Llama-3.1-8B", "rtx-4090", "Llama-3.1-8B", "sharegpt-llama-3.1-8b-300-sps10", """
            "model": "llama-3.1-8b", "machine": { "hardware": "rtx-4090" },
            "engine": { "policy": "vllm-v1", "maxBatchTokens": 2048, "maxSequences": 256, "kvBlocks": 2588, "hostTime": "vllm-0.19", "asyncScheduling": true }
            """),
        new("RTXPRO6000_Llama-3.1-8B", "rtx-pro-6000", "Llama-3.1-8B", "sharegpt-llama-3.1-8b-300-sps10", """
            "model": "llama-3.1-8b", "machine": { "hardware": "rtx-pro-6000" },
            "engine": { "policy": "vllm-v1", "maxBatchTokens": 2048, "maxSequences": 128, "hostTime": "vllm-0.19", "asyncScheduling": true }
            """),
        new("RTXPRO6000_Qwen3-32B", "rtx-pro-6000", "Qwen3-32B, TP 2", "sharegpt-qwen3-32b-300-sps10", """
            "model": "qwen3-32b", "machine": { "hardware": "rtx-pro-6000", "tensorParallel": 2, "peerBytesPerSecond": 16e9, "peerLatencySeconds": 20e-6 },
            "engine": { "policy": "vllm-v1", "maxBatchTokens": 2048, "maxSequences": 128, "hostTime": "vllm-0.19", "asyncScheduling": true }
            """),
        new("RTXPRO6000_Qwen3-30B-A3B-Instruct-2507", "rtx-pro-6000", "Qwen3-30B-A3B, DP 2, EP 2", "sharegpt-qwen3-30b-a3b-300-sps10", """
            "model": "qwen3-30b-a3b",
            "machine": { "hardware": "rtx-pro-6000", "expertParallel": 2, "dataParallelAttention": true, "peerBytesPerSecond": 16e9, "peerLatencySeconds": 20e-6 },
            "engine": { "policy": "vllm-v1", "maxBatchTokens": 4096, "maxSequences": 256, "hostTime": "vllm-0.19", "asyncScheduling": true }
            """),
    ];

    /// <summary>What the engine was measured to do with each request.</summary>
    /// <param name="dataFolder">The folder that holds <c>serving/</c>.</param>
    public string RequestsIn(string dataFolder) => Path.Combine(dataFolder, Data.Replace('/', Path.DirectorySeparatorChar), Folder, "requests.jsonl");

    /// <summary>The whole scenario.</summary>
    /// <param name="dataFolder">The folder that holds <c>serving/</c> and <c>traces/</c>.</param>
    /// <param name="catalogue">The devices.</param>
    public ScenarioFile Load(string dataFolder, HardwareCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        var errors = new InputErrors();
        // A quotation mark in a folder's name would break the text; JSON's own escapes prevent it.
        var trace = JsonSerializer.Serialize(Path.GetFullPath(Path.Combine(dataFolder, "traces", "llmservingsim", Trace + ".hashed.jsonl")));
        var text = $$"""
            { "title": "{{Label}}, replay of a measured run",
              "precision": { "weights": "bf16", "activations": "bf16", "kv": "bf16" },
              {{Scenario}},
              "workload": { "trace": {{trace}}, "format": "llmservingsim", "overlong": "ignore-limit" } }
            """;
        var root = JsonText.Parse(Folder + ".json", Encoding.UTF8.GetBytes(text), errors);
        errors.ThrowIfAny();
        // Another catalogue's device is named by its file.
        var own = ReferenceEquals(catalogue, HardwareCatalogue.Default);
        return ScenarioFile.Parse(Folder + ".json", root!, own ? [] : ["machine.hardware=" + JsonSerializer.Serialize(Path.GetFullPath(catalogue.PathOf(Device)))]);
    }
}
