using System.Text;
using LlmSim.Files;
using LlmSim.Fitting.Tables;
using LlmSim.Fitting.Validation;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Fitting.Serving;

/// <summary>
/// Throughputs and latencies that vendors publish, against scenarios with the same lengths. Their engines are not fitted, so nothing is said of host time, and
/// their batch settings are unknown but for the defaults: the errors are shown, no target is set.
/// </summary>
internal static class PublishedChecks
{
    private const string Group = "published";

    public static IEnumerable<ValidationRow> Run(string dataFolder, ValidationOptions options, List<string> notes)
    {
        var parts = new RunParts();
        return Curves(dataFolder, options, parts).Concat(Nim(dataFolder, options, parts)).Concat(Throughput(dataFolder, options, parts, notes));
    }

    /// <summary>
    /// 300 ShareGPT requests within 30 s on one and two GPUs, of which the throughput of each second was kept: how long until the last token. The version of vLLM was not.
    /// </summary>
    private static IEnumerable<ValidationRow> Curves(string dataFolder, ValidationOptions options, RunParts parts)
    {
        var trace = Path.Combine(dataFolder, "traces", "llmservingsim", "sharegpt_req300_rate10_llama.hashed.jsonl");
        if (!File.Exists(trace)) yield break;
        foreach (var (folder, device) in new[] { ("figure_5_A6000", "a6000"), ("figure_5_H100", "h100-80gb-sxm") })
        {
            var rows = new List<(double, double)>();
            foreach (var (file, replicas) in new[] { ("SD+PC", 1), ("MD", 2) })
            {
                var path = Path.Combine(dataFolder, "serving", "llmservingsim_vllm", "ispass", folder, file + "_throughput.tsv");
                if (!File.Exists(path)) continue;
                // Columns time_s and throughput, a row each second; zeros stand before the first token and after the last.
                var seconds = File.ReadLines(path).Skip(1).Select(line => line.Split('\t')).Where(cells => cells.Length == 2)
                    .Select(cells => (Time: CsvNumber(cells[0]), Rate: CsvNumber(cells[1]))).Where(second => second.Rate > 0).Select(second => second.Time).DefaultIfEmpty(0).Max() + 1;
                var summary = Simulate(parts, $$"""
                    "model": "llama-3.1-8b", "replicas": {{replicas}}, "precision": { "weights": "bf16", "activations": "bf16", "kv": "bf16" }, "machine": { "hardware": "{{device}}" },
                    "engine": { "policy": "vllm-v1", "hostTime": "vllm-0.19" },
                    "workload": { "trace": {{System.Text.Json.JsonSerializer.Serialize(Path.GetFullPath(trace))}}, "format": "llmservingsim", "overlong": "ignore-limit" }
                    """);
                rows.Add((summary.SimulatedSeconds, seconds));
            }

            if (rows.Count > 0)
                yield return Comparison.Of(Group, device, "vLLM of 2025, Llama-3.1-8B, 300 requests on one and two GPUs: time until the last token", "serving/llmservingsim_vllm/ispass", HeldOut.Independent, null, rows, options);
        }
    }

    private static double CsvNumber(string text) =>
        double.TryParse(text, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out var value) ? value : 0;

    /// <summary>Llama-3.3-70B in fp8 on two H100: so many users, each with one request of 5,000 + 500 tokens after the other.</summary>
    private static IEnumerable<ValidationRow> Nim(string dataFolder, ValidationOptions options, RunParts parts)
    {
        const string Data = "serving/nim/llama33_70b_h100x2_fp8_5000_500.csv";
        var path = Path.Combine(dataFolder, Data.Replace('/', Path.DirectorySeparatorChar));
        if (!File.Exists(path)) yield break;
        var table = CsvTable.Read(path, "concurrency", "ttft_ms", "itl_ms", "output_tok_per_s");
        List<(double, double)> first = [], between = [], rate = [];
        for (var row = 0; row < table.Count; row += Math.Min(options.Sample, 4))
        {
            var users = (int)table.Number(row, "concurrency");
            var summary = Simulate(parts, $$"""
                "model": "llama-3.1-70b", "precision": { "weights": "fp8", "activations": "fp8", "kv": "fp8" },
                "machine": { "hardware": "h100-80gb-sxm", "tensorParallel": 2 },
                "engine": { "policy": "vllm-v1", "maxBatchTokens": 8192, "maxSequences": 2048, "maxLength": 5500, "prefixCache": false, "asyncScheduling": true },
                "workload": { "arrivals": { "kind": "closed-loop", "users": {{users}} }, "lengths": { "kind": "fixed", "prompt": 5000, "output": 500 }, "requests": {{Math.Max(40, 15 * users)}} },
                "warmUp": 0.2
                """);
            first.Add((summary.Ttft.Mean, table.Number(row, "ttft_ms") * 1e-3));
            between.Add((summary.Itl.Mean, table.Number(row, "itl_ms") * 1e-3));
            rate.Add((summary.Throughput.OutputTokensPerSecond, table.Number(row, "output_tok_per_s")));
        }

        foreach (var (what, rows) in new[] { ("TTFT", first), ("ITL", between), ("output tokens/s", rate) })
            yield return Comparison.Of(Group, "h100-80gb-sxm", $"NIM, Llama-3.3-70B fp8, TP 2, 1 to 250 users: {what}", Data, HeldOut.Independent, null, rows, options);
    }

    /// <summary>Output tokens per second of a queue that never runs dry, TensorRT-LLM 1.0 and 1.2, tensor parallelism or one GPU.</summary>
    private static IEnumerable<ValidationRow> Throughput(string dataFolder, ValidationOptions options, RunParts parts, List<string> notes)
    {
        foreach (var version in new[] { "1.0", "1.2" })
        {
            var data = $"serving/trtllm/perf_overview_v{version}.csv";
            var path = Path.Combine(dataFolder, data.Replace('/', Path.DirectorySeparatorChar));
            if (!File.Exists(path)) continue;
            var table = CsvTable.Read(path, "model", "gpu", "gpus", "parallel", "precision", "isl", "osl", "output_tok_per_s");
            var groups = new Dictionary<(string Device, string Subject), List<(double, double)>>();
            for (var row = 0; row < table.Count; row++)
            {
                var parallel = table.Text(row, "parallel");
                if (Device(table.Text(row, "gpu")) is not { } device || Model(table.Text(row, "model")) is not { } model) continue;
                var (format, gpus) = (table.Text(row, "precision").ToLowerInvariant(), (int)table.Number(row, "gpus"));
                // Data-parallel attention with experts spread, and pipelines, are other layouts than one number tells.
                if (parallel != $"TP{gpus}" && parallel != $"TP{gpus},PP1") continue;
                // A sample: runs take longer than rows of other tables do.
                if (row % options.Sample != 0) continue;
                int prompt = (int)table.Number(row, "isl"), output = (int)table.Number(row, "osl");
                // The engine's own kernels where they were measured.
                var kernels = parts.Device(device).KernelLibraries.Contains("trtllm") ? ", \"kernels\": \"trtllm\"" : "";
                var subject = $"TensorRT-LLM {version}, {table.Text(row, "model")} {format}, TP {gpus}: output tokens/s";
                if (!groups.TryGetValue((device, subject), out var rows)) groups[(device, subject)] = rows = [];
                try
                {
                    var summary = Simulate(parts, $$"""
                        "model": "{{model}}", "precision": { "weights": "{{format}}", "activations": "{{format}}", "kv": "fp8" },
                        "machine": { "hardware": "{{device}}", "tensorParallel": {{gpus}}{{kernels}} },
                        "engine": { "policy": "vllm-v1", "maxBatchTokens": 8192, "maxSequences": 2048, "maxLength": {{prompt + output}}, "prefixCache": false, "asyncScheduling": true },
                        "workload": { "arrivals": { "kind": "all-at-once" }, "lengths": { "kind": "fixed", "prompt": {{prompt}}, "output": {{output}} }, "requests": {{Math.Clamp(6_000_000 / (prompt + output), 1000, 6000)}} },
                        "warmUp": 0
                        """);
                    rows.Add((summary.Throughput.OutputTokensPerSecond, table.Number(row, "output_tok_per_s")));
                }
                catch (ImpossibleException e)
                {
                    notes.Add($"{device}, {subject}, {prompt} + {output} tokens: {e.Message}");
                }
            }

            foreach (var ((device, subject), rows) in groups)
                if (rows.Count > 0) yield return Comparison.Of(Group, device, subject, data, HeldOut.Independent, null, rows, options);
        }
    }

    private static string? Device(string gpu) => gpu switch { "H100" => "h100-80gb-sxm", "H200" => "h200", "B200" => "b200", "RTXPRO6000" => "rtx-pro-6000", _ => null };

    private static string? Model(string name) => name switch
    {
        "Llama 3.3 70B" => "llama-3.1-70b",
        "Llama 3.1 405B" => "llama-3.1-405b",
        "Qwen3-30B-A3B" => "qwen3-30b-a3b",
        _ => null,
    };

    private static Summary Simulate(RunParts parts, string members)
    {
        var errors = new InputErrors();
        var root = JsonText.Parse("published.json", Encoding.UTF8.GetBytes("{ " + members + " }"), errors);
        errors.ThrowIfAny();
        return ScenarioRun.Execute(ScenarioFile.Parse("published.json", root!), parts).Summary;
    }
}
