using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Passes;
using LlmSim.Files;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Recognition;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Fitting.Validation;

/// <summary>Whole forward passes: token times of Splitwise's engines, and static batches as TensorRT-LLM published them.</summary>
internal static class ForwardPassChecks
{
    public static IEnumerable<ValidationRow> Run(string dataFolder, HardwareCatalogue catalogue, ValidationOptions options, List<string> notes)
    {
        var models = new Dictionary<string, LanguageModel?>(StringComparer.Ordinal);
        LanguageModel? Model(string name)
        {
            if (models.TryGetValue(name, out var known)) return known;
            var errors = new InputErrors();
            var source = ModelSource.Resolve(name, errors);
            var graph = source is null ? null : GraphImport.From(source.Model, source.Path, errors);
            if (graph is null || errors.Any) notes.Add($"{name}: not in the model catalogue; its forward passes were left out");
            return models[name] = graph is null || errors.Any ? null : ModelRecognition.Recognise(graph, name);
        }

        return Splitwise(dataFolder, catalogue, options, Model).Concat(StaticBatches(dataFolder, catalogue, options, Model));
    }

    /// <summary>
    /// Decode steps of Llama-2-70B on DGX A100 and H100. The engines of 2023 prepare each step on the host: a step takes the GPU's time and a little host
    /// time, and never less than a floor. Both are taken from every other setting (the odd rows) and judged on the rest.
    /// </summary>
    private static IEnumerable<ValidationRow> Splitwise(
        string dataFolder, HardwareCatalogue catalogue, ValidationOptions options, Func<string, LanguageModel?> model)
    {
        var path = Path.Combine(dataFolder, "operators", "splitwise", "perf_model.csv");
        if (!File.Exists(path) || model("llama-2-70b") is not { } llama) yield break;
        var table = CsvTable.Read(path, "model", "hardware", "prompt_size", "batch_size", "token_size", "token_time", "tensor_parallel");
        foreach (var (hardware, name) in new[] { ("a100-80gb", "a100-80gb-sxm"), ("h100-80gb", "h100-80gb-sxm") })
        {
            var time = TimeModelCatalogue.Create("fitted", catalogue.Find(name), catalogue);
            var sharded = new Dictionary<int, LanguageModel>();
            var cells = new SortedDictionary<(int Ranks, int Batch, int Prompt, int Tokens), List<double>>();
            for (var row = 0; row < table.Count; row++)
            {
                if (table.Text(row, "model") != "llama2-70b" || table.Text(row, "hardware") != hardware) continue;
                var cell = ((int)table.Number(row, "tensor_parallel"), (int)table.Number(row, "batch_size"), (int)table.Number(row, "prompt_size"), (int)table.Number(row, "token_size"));
                if (!cells.TryGetValue(cell, out var times)) cells[cell] = times = [];
                times.Add(table.Number(row, "token_time") * 1e-3);
            }

            var steps = new List<(double Gpu, double Measured)>();
            foreach (var (cell, times) in cells)
            {
                if (!sharded.TryGetValue(cell.Ranks, out var part)) sharded[cell.Ranks] = part = TensorParallel.Shard(llama, cell.Ranks);
                times.Sort();
                steps.Add((Decode(part, time, Precision.Fp16, cell.Batch, cell.Prompt + cell.Tokens / 2), times[times.Count / 2]));
            }

            var (host, floor) = HostTimes([.. steps.Where((_, i) => i % 2 == 1)]);
            var judged = steps.Where((_, i) => i % 2 == 0).Select(s => (Math.Max(s.Gpu + host, floor), s.Measured)).ToList();
            var constants = FormattableString.Invariant($"host {1e3 * host:F1} ms a step, floor {1e3 * floor:F1} ms");
            yield return Comparison.Of("forward passes", name, $"token time, Llama-2-70B, TP 2 4 8 ({constants})", "operators/splitwise", HeldOut.ByShape, 0.08, judged, options);
        }
    }

    /// <summary>The host time and floor, on a grid of 0.5 ms, with the least mean error.</summary>
    private static (double Host, double Floor) HostTimes(IReadOnlyList<(double Gpu, double Measured)> steps)
    {
        (double Host, double Floor) best = (0, 0);
        var least = double.PositiveInfinity;
        for (var h = 0; h <= 40; h++)
        {
            for (var f = 0; f <= 120; f++)
            {
                var (host, floor) = (h * 0.5e-3, f * 0.5e-3);
                double error = 0;
                foreach (var (gpu, measured) in steps) error += Math.Abs(Math.Max(gpu + host, floor) / measured - 1);
                if (error < least) (least, best) = (error, (host, floor));
            }
        }

        return best;
    }

    /// <summary>Output tokens per second of static batches on one GPU: one prefill, then a decode step for each further token.</summary>
    private static IEnumerable<ValidationRow> StaticBatches(
        string dataFolder, HardwareCatalogue catalogue, ValidationOptions options, Func<string, LanguageModel?> model)
    {
        var path = Path.Combine(dataFolder, "serving", "trtllm", "static_batch_v0.6.csv");
        if (!File.Exists(path)) yield break;
        var table = CsvTable.Read(path, "gpu", "precision", "model", "batch_size", "tp", "isl", "osl", "published_value");
        foreach (var (gpu, name) in new[] { ("H100 SXM", "h100-80gb-sxm"), ("A100 80GB", "a100-80gb-sxm"), ("L40S", "l40s") })
        {
            // The engine's own kernels where they were measured. TensorRT's compiler fuses quantisation with static scales into the operator before.
            var time = TimeModelCatalogue.Create("fitted", catalogue.Find(name), catalogue, kernels: "trtllm", fusedQuantization: true);
            var rows = new List<(double, double)>();
            for (var row = 0; row < table.Count; row++)
            {
                if (table.Text(row, "gpu") != gpu || table.Text(row, "tp") != "1") continue;
                if (model(table.Text(row, "model") switch { "GPT-J 6B" => "gpt-j-6b", _ => "llama-1-7b" }) is not { } language) continue;
                var precision = table.Text(row, "precision") == "FP8"
                    ? new Precision(new WeightFormat(NumberFormat.Fp8), NumberFormat.Fp8, NumberFormat.Fp8) : Precision.Fp16;
                int batch = (int)table.Number(row, "batch_size"), prompt = (int)table.Number(row, "isl"), output = (int)table.Number(row, "osl");
                var prefill = BatchShape.UniformPrefill(batch, prompt, ForwardPass.Needs(language, time));
                var seconds = ForwardPass.Run(language, prefill, precision, time).Seconds;
                // Decode times are nearly linear in the context: eight of them stand for all.
                const int Samples = 8;
                for (var i = 0; i < Samples; i++)
                    seconds += (output - 1.0) / Samples * Decode(language, time, precision, batch, prompt + (int)((i + 0.5) * output / Samples));
                rows.Add((seconds, batch * (double)output / table.Number(row, "published_value")));
            }

            if (rows.Count > 0)
                yield return Comparison.Of("forward passes", name, "static batches, TP 1", "serving/trtllm/static_batch_v0.6.csv", HeldOut.Independent, 0.08, rows, options);
        }
    }

    private static double Decode(LanguageModel model, ITimeModel time, Precision precision, int batch, int context) =>
        ForwardPass.Run(model, BatchShape.UniformDecode(batch, context, ForwardPass.Needs(model, time)), precision, time).Seconds;
}
