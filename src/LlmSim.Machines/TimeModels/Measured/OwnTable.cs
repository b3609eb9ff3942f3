using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// Our own format: a row a measurement, in seconds. Rows of class gemm have m, n, k; those of prefill-attention and decode-attention have heads, kv_heads, head_dim, sequences, and
/// length (tokens, or keys with the query's own, of each). activations, weights and kv name formats, bf16 where the column is not there; device names what was measured.
/// </summary>
internal sealed class OwnTable : ITableFormat
{
    /// <inheritdoc/>
    public string Name => "ours (class, seconds; m, n, k; heads, kv_heads, head_dim, sequences, length)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("class") && file.Has("seconds");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int kind = file.Need("class"), time = file.Need("seconds");
        int activations = file.Find("activations"), weights = file.Find("weights"), cache = file.Find("kv");
        string[] product = ["m", "n", "k"], attention = ["sequences", "length", "heads", "kv_heads", "head_dim"];
        int[] productPlaces = [.. product.Select(c => file.Find(c))], attentionPlaces = [.. attention.Select(c => file.Find(c))];
        while (file.Next())
        {
            var known = ClassOf(file.Text(kind));
            if (known is not { } row)
            {
                file.Wrong(kind, "is no class", "write gemm, prefill-attention or decode-attention");
                continue;
            }

            var (places, names) = row == MeasuredClass.Gemm ? (productPlaces, product) : (attentionPlaces, attention);
            if (Array.IndexOf(places, -1) is >= 0 and var missing)
            {
                file.Wrong($"has class {MeasuredTable.NameOf(row)}, for which column {names[missing]} is missing", "columns " + string.Join(", ", names));
                return;
            }

            var good = file.Seconds(time, 1, out var seconds);
            var sizes = new double[places.Length];
            for (var i = 0; i < sizes.Length; i++) good &= file.Size(places[i], out sizes[i]);
            good &= Format(file, activations, out var computed) & Format(file, weights, out var stored) & Format(file, cache, out var kv);
            if (!good) continue;
            add(new MeasuredPoint(row == MeasuredClass.Gemm
                ? MeasuredShape.Gemm(MeasuredFormats.Product(computed, stored), sizes[0], sizes[1], sizes[2])
                : MeasuredShape.Attention(row, MeasuredFormats.Cache(kv), new MeasuredHeads(sizes[2], sizes[3], sizes[4]), sizes[0], sizes[1]), seconds));
        }
    }

    private static MeasuredClass? ClassOf(ReadOnlySpan<char> text)
    {
        foreach (var kind in Enum.GetValues<MeasuredClass>())
            if (text.Equals(MeasuredTable.NameOf(kind), StringComparison.OrdinalIgnoreCase)) return kind;
        return null;
    }

    private static bool Format(TableFile file, int column, out NumberFormat format)
    {
        format = NumberFormat.Bf16;
        if (column < 0 || file.Text(column).Length == 0 || NumberFormats.TryParse(file.Text(column).ToString(), out format)) return true;
        file.Wrong(column, "is no number format", "write bf16, fp16, fp8, int8, int4, …");
        return false;
    }
}
