using LlmSim.Fitting.Classes;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Fitting.Validation;

/// <summary>A whole engine iteration: the time model's sum over the operators of a model against the sum of the measured layer tables.</summary>
internal static class IterationChecks
{
    private const double Micro = 1e-6;

    public static IEnumerable<ValidationRow> Run(string dataFolder, HardwareCatalogue catalogue, ValidationOptions options)
    {
        foreach (var (device, folder, model, layers) in new[]
        {
            ("rtx-4090", "RTX4090/Llama-3.1-8B/tp1", ProfiledModel.Llama8B, 32), ("rtx-pro-6000", "RTXPRO6000/Llama-3.1-8B/tp1", ProfiledModel.Llama8B, 32),
            ("rtx-pro-6000", "RTXPRO6000/Qwen3-32B/tp1", ProfiledModel.Qwen32B, 64),
        })
        {
            var time = TimeModelCatalogue.Create("fitted", catalogue.Find(device), catalogue);
            var tables = new LayerSums(Path.Combine(dataFolder, "operators", "llmservingsim", folder.Replace('/', Path.DirectorySeparatorChar)), model, layers);
            var decode = new List<(double, double)>();
            var prefill = new List<(double, double)>();
            foreach (var (point, seconds) in tables.Attention)
            {
                if (point.Chunk > 0 && point.Decodes > 0) continue;
                var batch = default(BatchShape);
                if (point.Chunk > 0) batch.Prefill.Add(point.Past, point.Chunk, BatchNeeds.None);
                for (var i = 0; i < point.Decodes; i++) batch.Decode.Add(point.Keys, 1, BatchNeeds.None);
                batch.SampledPositions = Math.Max(1, point.Decodes);
                if (tables.Measured(batch, seconds) is not { } measured) continue;
                (point.Chunk > 0 ? prefill : decode).Add((tables.Predicted(time, batch), measured));
            }

            var data = "operators/llmservingsim/" + folder;
            yield return Comparison.Of("iterations", device, $"decode step, {folder}", data, HeldOut.None, 0.05, decode, options);
            yield return Comparison.Of("iterations", device, $"prefill step, {folder}", data, HeldOut.None, 0.06, prefill, options);
        }
    }

    private readonly record struct AttentionPoint(int Chunk, int Past, int Decodes, int Keys);

    /// <summary>The measured tables of one profile, and the same layers as operators.</summary>
    private sealed class LayerSums
    {
        private readonly Dictionary<(string Layer, int Size), double> _dense = [];
        private readonly ProfiledModel _model;
        private readonly int _layers;
        private readonly (string Name, OperatorSpec Spec, bool PerLayer)[] _operators;

        public LayerSums(string folder, ProfiledModel model, int layers)
        {
            (_model, _layers) = (model, layers);
            Fill(CsvTable.Read(Path.Combine(folder, "dense.csv")), "tokens");
            Fill(CsvTable.Read(Path.Combine(folder, "per_sequence.csv")), "sequences");
            var attention = Path.Combine(folder, "attention.csv");
            var table = CsvTable.Read(File.Exists(attention) ? attention : attention + ".gz");
            for (var row = 0; row < table.Count; row++)
            {
                var point = new AttentionPoint(
                    (int)table.Number(row, "prefill_chunk"), (int)table.Number(row, "kv_prefill"), (int)table.Number(row, "n_decode"), (int)table.Number(row, "kv_decode"));
                Attention.Add((point, table.Number(row, "time_us") * Micro));
            }

            var stored = new WeightFormat(NumberFormat.Bf16);
            Linear Layer(string name) => new(_model.Linear(name)!.Value.Inputs, _model.Linear(name)!.Value.Outputs, false, stored);
            var norm = new Norm(NormKind.Rms, model.Hidden, Skip: true);
            _operators =
            [
                ("embedding", new Embedding(model.Vocabulary, model.Hidden, stored), false), ("layernorm", norm, true), ("layernorm", norm, true),
                ("qkv_proj", Layer("qkv_proj"), true), ("qk_norm", new Norm(NormKind.Rms, model.HeadDim, model.Heads + model.KvHeads), true),
                ("rotary_emb", new Rotary(model.Heads + model.KvHeads, model.HeadDim, model.HeadDim), true), ("o_proj", Layer("o_proj"), true),
                ("gate_up_proj", Layer("gate_up_proj"), true), ("act_fn", ElementWise.GatedActivation(model.Intermediate, ActivationFunction.Silu), true),
                ("down_proj", Layer("down_proj"), true), ("final_layernorm", norm, false),
                ("lm_head", Layer("lm_head") with { Rows = RowSource.SampledPositions }, false),
            ];
            _operators = [.. _operators.Where(o => o.Name == "lm_head" || _dense.Keys.Any(k => k.Layer == o.Name))];
        }

        public List<(AttentionPoint Point, double Seconds)> Attention { get; } = [];

        /// <summary>The sum of the tables; null where one of them has no such size.</summary>
        public double? Measured(in BatchShape batch, double attentionSeconds)
        {
            var sum = _layers * attentionSeconds;
            foreach (var (name, _, perLayer) in _operators)
            {
                var size = name == "lm_head" ? batch.SampledPositions : batch.Tokens;
                if (!_dense.TryGetValue((name, (int)size), out var seconds)) return null;
                sum += (perLayer ? _layers : 1) * seconds;
            }

            return sum;
        }

        public double Predicted(ITimeModel time, in BatchShape batch)
        {
            var precision = new Precision(null, NumberFormat.Bf16, NumberFormat.Bf16);
            var heads = _model.AttentionHeads;
            var attention = new Attention((int)heads.Heads, (int)heads.KvHeads, _model.HeadDim, _model.HeadDim);
            var sum = _layers * time.Time(attention, attention.Work(batch, precision), batch, precision).Seconds;
            foreach (var (_, spec, perLayer) in _operators)
                sum += (perLayer ? _layers : 1) * time.Time(spec, spec.Work(batch, precision), batch, precision).Seconds;
            return sum;
        }

        private void Fill(CsvTable table, string size)
        {
            for (var row = 0; row < table.Count; row++)
                _dense.TryAdd((table.Text(row, "layer"), (int)table.Number(row, size)), table.Number(row, "time_us") * Micro);
        }
    }
}
