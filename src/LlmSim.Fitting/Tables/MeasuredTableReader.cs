using LlmSim.Files;
using LlmSim.Fitting.Classes;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Fitting.Tables;

/// <summary>
/// Reads a user's measured operator table. The columns tell whose it is: AIConfigurator's (gemm_dtype…, or kv_cache_dtype…), Vidur's mlp.csv,
/// LLMServingSim's dense.csv, or ours: <c>class,first,second,third,size,length,seconds</c> with the members of <see cref="MeasuredPoint"/>.
/// </summary>
public static class MeasuredTableReader
{
    /// <summary>Reads a table for one device and precision.</summary>
    /// <param name="path">The file, plain or gzipped.</param>
    /// <param name="device">The device that was measured.</param>
    /// <param name="precision">Number formats; of tables with several, the rows of these are taken.</param>
    /// <param name="model">Sizes of the profiled model, for tables that name layers instead of sizes.</param>
    /// <exception cref="InputException">The file is missing or damaged, or nobody's format, or holds no row of these formats.</exception>
    public static MeasuredTable Read(string path, Device device, Precision precision, ProfiledModel? model = null)
    {
        var table = CsvTable.Read(path);
        var points = Points(table, precision, model).Where(p => p.Seconds > 0 && p.Size > 0 && p.Length > 0).ToList();
        if (points.Count == 0) throw new InputException(new InputError(path, 0, "", "holds no row for these number formats", "see docs/hardware.md for the formats that are read"));
        var ideal = new IdealTimeModel(device);
        return new MeasuredTable(Path.GetFileName(path), points, point => Ideal(point, ideal, precision));
    }

    private static IEnumerable<MeasuredPoint> Points(CsvTable table, Precision precision, ProfiledModel? model)
    {
        if (table.Has("gemm_dtype")) return AiConfiguratorGemm(table, precision);
        if (table.Has("kv_cache_dtype")) return AiConfiguratorAttention(table, precision);
        if (table.Has("time_stats.attn_pre_proj.median")) return LayerTables.VidurRows(table).Select(r => Gemm(r.Shape.M, r.Shape.N, r.Shape.K, r.Seconds));
        if (table.Has("layer") && table.Has("time_us"))
        {
            return model is not null
                ? ServingLayers(table, model)
                : throw new InputException(new InputError(table.File, 1, "layer", "the table names layers, not sizes", "name the model that was profiled"));
        }

        if (table.Has("class") && table.Has("seconds")) return Ours(table);
        throw new InputException(new InputError(table.File, 1, "", "columns of no format that is known", "see docs/hardware.md for the formats that are read"));
    }

    private static IEnumerable<MeasuredPoint> AiConfiguratorGemm(CsvTable table, Precision precision)
    {
        var dtype = precision.Activations.Bits() switch { 8 => "fp8", 4 => "nvfp4", _ => "bfloat16" };
        for (var row = 0; row < table.Count; row++)
            if (table.Text(row, "gemm_dtype") == dtype)
                yield return Gemm(table.Number(row, "m"), table.Number(row, "n"), table.Number(row, "k"), table.Number(row, "latency_ms") * 1e-3);
    }

    private static IEnumerable<MeasuredPoint> AiConfiguratorAttention(CsvTable table, Precision precision)
    {
        var dtype = precision.KvCache.Bits() <= 8 ? "fp8" : "bfloat16";
        var (kind, length) = table.Has("isl") ? (MeasuredClass.PrefillAttention, "isl") : (MeasuredClass.DecodeAttention, "kv_len");
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Text(row, "kv_cache_dtype") != dtype) continue;
            yield return new MeasuredPoint(
                kind, table.Number(row, "num_heads"), table.Number(row, "kv_heads"), table.Number(row, "head_dim"), table.Number(row, "batch"),
                table.Number(row, length), table.Number(row, "latency_ms") * 1e-3);
        }
    }

    private static IEnumerable<MeasuredPoint> ServingLayers(CsvTable table, ProfiledModel model)
    {
        var size = table.Has("tokens") ? "tokens" : "sequences";
        for (var row = 0; row < table.Count; row++)
            if (model.Linear(table.Text(row, "layer")) is { } layer)
                yield return Gemm(table.Number(row, size), layer.Outputs, layer.Inputs, table.Number(row, "time_us") * 1e-6);
    }

    private static IEnumerable<MeasuredPoint> Ours(CsvTable table)
    {
        for (var row = 0; row < table.Count; row++)
        {
            if (!Enum.TryParse<MeasuredClass>(table.Text(row, "class").Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var kind))
                throw new InputException(new InputError(table.File, row + 2, "class", $"\"{table.Text(row, "class")}\" is not known", "known: gemm, prefill-attention, decode-attention"));
            yield return new MeasuredPoint(
                kind, table.Number(row, "first"), table.Number(row, "second"), table.Number(row, "third"), table.Number(row, "size"), table.Number(row, "length"),
                table.Number(row, "seconds"));
        }
    }

    private static MeasuredPoint Gemm(double m, double n, double k, double seconds) => new(MeasuredClass.Gemm, n, k, 0, m, 1, seconds);

    private static double Ideal(in MeasuredPoint point, IdealTimeModel ideal, in Precision precision)
    {
        var batch = default(BatchShape);
        OperatorSpec spec;
        if (point.Class == MeasuredClass.Gemm)
        {
            spec = new Linear((int)point.Second, (int)point.First, false, precision.WeightsOr(new WeightFormat(precision.Activations)));
            batch.Prefill.Add(0, (long)point.Size, BatchNeeds.None);
        }
        else
        {
            spec = new Attention((int)point.First, (int)point.Second, (int)point.Third, (int)point.Third);
            ref var phase = ref point.Class == MeasuredClass.PrefillAttention ? ref batch.Prefill : ref batch.Decode;
            var tokens = point.Class == MeasuredClass.PrefillAttention ? (long)point.Length : 1;
            for (var i = 0; i < (long)point.Size; i++) phase.Add((long)point.Length - tokens, tokens, BatchNeeds.None);
        }

        return ideal.Time(spec, spec.Work(batch, precision), batch, precision).Seconds;
    }
}
