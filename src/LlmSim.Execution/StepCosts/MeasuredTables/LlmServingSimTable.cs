using LlmSim.Files;
using LlmSim.Graphs.Batches;

namespace LlmSim.Execution.StepCosts.MeasuredTables;

/// <summary>
/// Layer times in the format of LLMServingSim 2 (CASYS KAIST), measured inside vLLM: token-wise layers by tokens (<c>dense.csv</c>), the
/// LM head and the sampler by sequences (<c>per_sequence.csv</c>), attention by prefill chunk, prefill past, decodes and their mean past
/// (<c>attention.csv</c>). Between measurements it interpolates linearly along each axis, and continues the last slope beyond them.
/// Dense models on one device. Where the model's <c>meta.yaml</c> enables it, attention over uneven contexts is corrected by
/// <c>skew_fit.csv</c>; see <see cref="UnevenContexts"/>.
/// </summary>
public sealed class LlmServingSimTable : IStepCost
{
    private static readonly string[] _tokenLayers = ["layernorm", "qkv_proj", "rotary_emb", "o_proj", "gate_up_proj", "act_fn", "down_proj", "embedding", "final_layernorm"];
    private static readonly string[] _sequenceLayers = ["lm_head", "sampler"];

    private readonly int _layers;
    private readonly SampledLine[] _byTokens;
    private readonly SampledLine[] _bySequences;
    private readonly double[] _chunks;
    private readonly double[] _decodes;
    private readonly Plane[,] _attention;
    private readonly UnevenContexts? _uneven;

    private LlmServingSimTable(
        int layers, SampledLine[] byTokens, SampledLine[] bySequences, double[] chunks, double[] decodes, Plane[,] attention, UnevenContexts? uneven)
    {
        _uneven = uneven;
        Needs = new BatchNeeds { MinContext = uneven is not null };
        _layers = layers;
        _byTokens = byTokens;
        _bySequences = bySequences;
        _chunks = chunks;
        _decodes = decodes;
        _attention = attention;
    }

    /// <inheritdoc/>
    public BatchNeeds Needs { get; }

    /// <summary>
    /// Reads <c>dense.csv</c>, <c>per_sequence.csv</c> and <c>attention.csv</c>, packed with gzip or not, and <c>skew_fit.csv</c> where the
    /// <c>meta.yaml</c> of the folder above says so.
    /// </summary>
    /// <param name="folder">Where they lie (".../RTX4090/Llama-3.1-8B/tp1").</param>
    /// <param name="layers">Layers of the model, at least 1.</param>
    /// <exception cref="InputException">A file is missing or malformed; all errors, by file and line.</exception>
    public static LlmServingSimTable Read(string folder, int layers)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layers, 1);
        var errors = new InputErrors();
        var byTokens = ReadLines(Path.Combine(folder, "dense.csv"), "tokens", _tokenLayers, errors);
        var bySequences = ReadLines(Path.Combine(folder, "per_sequence.csv"), "sequences", _sequenceLayers, errors);
        var path = Path.Combine(folder, "attention.csv");
        var cells = new Dictionary<(double Chunk, double Decodes), Dictionary<double, List<(double X, double Y, int Line)>>>();
        var order = new List<(double Chunk, double Decodes)>();
        MeasuredCsv.Read(path, ["prefill_chunk", "n_decode", "kv_prefill", "kv_decode", "time_us"], 0, Add, errors);
        if (cells.Count == 0 && !errors.Any) errors.Add(path, 1, "", "the file holds no rows");
        double[] chunks = [.. order.Select(cell => cell.Chunk).Distinct().Order()];
        double[] decodes = [.. order.Select(cell => cell.Decodes).Distinct().Order()];
        var measured = cells.ToDictionary(cell => cell.Key, cell => Plane.From(cell.Value, path, errors));
        var uneven = UnevenContexts.Read(folder, errors);
        errors.ThrowIfAny();
        var grid = new Plane[chunks.Length, decodes.Length];
        for (var i = 0; i < chunks.Length; i++)
            for (var j = 0; j < decodes.Length; j++)
                grid[i, j] = measured[Nearest(order, chunks[i], decodes[j])];
        return new LlmServingSimTable(layers, byTokens, bySequences, chunks, decodes, grid, uneven);

        void Add(int line, string[] text, double[] v)
        {
            if (!cells.TryGetValue((v[0], v[1]), out var cell))
            {
                cells.Add((v[0], v[1]), cell = []);
                order.Add((v[0], v[1]));
            }

            if (!cell.TryGetValue(v[2], out var samples)) cell.Add(v[2], samples = []);
            samples.Add((v[3], v[4], line));
        }
    }

    /// <inheritdoc/>
    public long Nanoseconds(in BatchShape batch)
    {
        double tokens = batch.Tokens;
        if (tokens == 0) return 0;
        double sequences = batch.Sequences;
        var prefillPast = batch.Prefill.ContextTokens - batch.Prefill.Tokens;
        // A padded batch has tokens without a sequence; only the sequences' own count here.
        var decodes = batch.Decode.Sequences;
        var meanPast = decodes == 0 ? 0 : (batch.Decode.ContextTokens - decodes) / decodes;
        var attention = Attention(batch.Prefill.Tokens, prefillPast, decodes, meanPast);
        var longestPast = batch.Decode.MaxContext - 1;
        if (_uneven is not null && decodes > 1 && longestPast != meanPast)
        {
            var share = _uneven.Share(batch.Prefill.Tokens, prefillPast, decodes, batch.Decode.MinContext - 1, meanPast, longestPast);
            var ifAllLongest = share == 0 ? 0 : Attention(batch.Prefill.Tokens, prefillPast, decodes, longestPast);
            if (ifAllLongest > attention) attention += share * (ifAllLongest - attention);
        }

        var layer = 2 * _byTokens[0].At(tokens) + _byTokens[1].At(tokens) + _byTokens[2].At(tokens) + attention + _byTokens[3].At(tokens)
            + _byTokens[4].At(tokens) + _byTokens[5].At(tokens) + _byTokens[6].At(tokens);
        var microseconds = _byTokens[7].At(tokens) + _layers * layer + _byTokens[8].At(tokens) + _bySequences[0].At(sequences) + _bySequences[1].At(sequences);
        return (long)Math.Round(microseconds * 1e3);
    }

    private double Attention(double chunk, double prefillPast, double decodes, double meanPast)
    {
        var (a, b, f) = SampledLine.Place(_chunks, chunk);
        var (c, d, g) = SampledLine.Place(_decodes, decodes);
        var low = _attention[a, c].At(prefillPast, meanPast);
        if (c != d) low += g * (_attention[a, d].At(prefillPast, meanPast) - low);
        if (a == b) return low;
        var high = _attention[b, c].At(prefillPast, meanPast);
        if (c != d) high += g * (_attention[b, d].At(prefillPast, meanPast) - high);
        return low + f * (high - low);
    }

    private static SampledLine[] ReadLines(string path, string column, string[] layers, InputErrors errors)
    {
        var samples = layers.ToDictionary(layer => layer, _ => new List<(double X, double Y, int Line)>());
        var known = errors.Count;
        MeasuredCsv.Read(path, ["layer", column, "time_us"], 1, (line, text, v) =>
        {
            // Tables hold layers of other model families too; those are not read.
            if (samples.TryGetValue(text[0], out var list)) list.Add((v[0], v[1], line));
        }, errors);
        if (errors.Count == known)
            foreach (var layer in layers)
                if (samples[layer].Count == 0) errors.Add(path, 0, layer, "the layer is missing", "only tables of dense models can be used");
        return [.. layers.Select(layer => SampledLine.From(samples[layer], path, layer, errors))];
    }

    /// <summary>The measured cell nearest to a grid point; the first of several equally near.</summary>
    private static (double Chunk, double Decodes) Nearest(List<(double Chunk, double Decodes)> cells, double chunk, double decodes) =>
        cells.MinBy(cell => (cell.Chunk - chunk) * (cell.Chunk - chunk) + (cell.Decodes - decodes) * (cell.Decodes - decodes));

    /// <summary>Attention times at one (chunk, decodes), by prefill past and mean decode past.</summary>
    private sealed class Plane(double[] pasts, SampledLine[] lines)
    {
        public static Plane From(Dictionary<double, List<(double X, double Y, int Line)>> cell, string path, InputErrors errors)
        {
            double[] pasts = [.. cell.Keys.Order()];
            return new Plane(pasts, [.. pasts.Select(past => SampledLine.From(cell[past], path, "time_us", errors))]);
        }

        public double At(double prefillPast, double meanPast)
        {
            var (low, high, share) = SampledLine.Place(pasts, prefillPast);
            var a = lines[low].At(meanPast);
            return low == high ? a : a + share * (lines[high].At(meanPast) - a);
        }
    }
}
