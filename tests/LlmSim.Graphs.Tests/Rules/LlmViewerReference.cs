using System.Text.Json;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Rules;

namespace LlmSim.Graphs.Tests.Rules;

/// <summary>Compares the rules with what the survey's tool printed.</summary>
internal static class LlmViewerReference
{
    public const double Tolerance = 1e-6;

    public static void Compare(LanguageModel model, JsonElement setting, JsonElement hardware)
    {
        var figures = hardware.GetProperty(setting.GetProperty("hardware").GetString()!);
        var device = new LlmViewerDevice(
            figures.GetProperty("bandwidth").GetDouble(), figures.GetProperty("FP16").GetDouble(),
            figures.TryGetProperty("INT8", out var int8) ? int8.GetDouble() : null, figures.GetProperty("onchip_buffer").GetDouble());
        foreach (var phase in new[] { Phase.Prefill, Phase.Decode })
        {
            var key = phase == Phase.Prefill ? "prefill" : "decode";
            var result = LlmViewerRules.Analyse(
                model,
                new LlmViewerSetting(
                    phase, setting.GetProperty("batch").GetInt64(), setting.GetProperty("seqlen").GetInt64(), setting.GetProperty("w_bit").GetInt32(),
                    setting.GetProperty("a_bit").GetInt32(), setting.GetProperty("kv_bit").GetInt32(), setting.GetProperty("flash").GetBoolean()),
                device, out var problem);
            Assert.True(result is not null, problem);
            Near(setting.GetProperty("max_OPS").GetDouble(), result.PeakOpsPerSecond);
            CompareRows(setting.GetProperty(key), result);
            CompareTotals(setting.GetProperty(key + "_total"), result);
        }
    }

    private static void CompareRows(JsonElement expected, LlmViewerResult result)
    {
        Assert.Equal(expected.EnumerateObject().Select(p => p.Name), result.Rows.Select(r => r.Name));
        foreach (var row in result.Rows)
        {
            var figures = expected.GetProperty(row.Name);
            Near(figures[0].GetDouble(), row.Ops);
            Near(figures[1].GetDouble(), row.MemoryAccess);
            Near(figures[2].GetDouble(), row.ArithmeticIntensity);
            Near(figures[3].GetDouble(), row.OpsPerSecond);
            Assert.Equal(figures[4].GetString() == "c", row.ComputeBound);
            Near(figures[5].GetDouble(), row.LoadWeight);
            Near(figures[6].GetDouble(), row.LoadActivation);
            Near(figures[7].GetDouble(), row.StoreActivation);
            Near(figures[8].GetDouble(), row.LoadKv);
            Near(figures[9].GetDouble(), row.StoreKv);
            Near(figures[10].GetDouble(), row.Seconds);
        }
    }

    private static void CompareTotals(JsonElement expected, LlmViewerResult result)
    {
        Near(expected.GetProperty("OPs").GetDouble(), result.Ops);
        Near(expected.GetProperty("memory_access").GetDouble(), result.MemoryAccess);
        Near(expected.GetProperty("load_weight").GetDouble(), result.LoadWeight);
        Near(expected.GetProperty("load_act").GetDouble(), result.LoadActivation);
        Near(expected.GetProperty("store_act").GetDouble(), result.StoreActivation);
        Near(expected.GetProperty("load_kv_cache").GetDouble(), result.LoadKv);
        Near(expected.GetProperty("store_kv_cache").GetDouble(), result.StoreKv);
        Near(expected.GetProperty("inference_time").GetDouble(), result.Seconds);
        Near(expected.GetProperty("memory_consumption").GetDouble(), result.MemoryConsumption);
        Near(expected.GetProperty("memory_consumption_tmp_act").GetDouble(), result.TemporaryActivationBytes);
        Near(expected.GetProperty("memory_consumption_weight").GetDouble(), result.WeightBytes);
        Near(expected.GetProperty("memory_consumption_kv_cache").GetDouble(), result.KvCacheBytes);
    }

    private static void Near(double expected, double actual) => Assert.InRange(actual, expected * (1 - Tolerance), expected * (1 + Tolerance));
}
