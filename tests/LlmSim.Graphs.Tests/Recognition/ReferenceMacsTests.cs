using System.Text;
using System.Text.Json;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Recognition;

/// <summary>
/// Multiply-accumulates of recognised models against counts made node by node on the graphs: with logits at all positions, linear layers and causal
/// attention come to exactly what the graph does.
/// </summary>
public class ReferenceMacsTests
{
    /// <summary>Graphs whose count of attention cannot agree, each with its reason. A list that grows is a fault.</summary>
    private static readonly Dictionary<string, string> DenseInTheCount = new(StringComparer.Ordinal)
    {
        ["genai_builder_v0.8.2/llama-2-7b-fp16-mha-cpu/model.onnx"] = "causal by a mask that it computes; the count looks at the attribute alone",
    };

    [SharedFact]
    public void Fused_graphs_do_exactly_what_was_counted()
    {
        var failures = new StringBuilder();
        var entries = Entries("entries_symbolic");
        foreach (var (name, batch, entry, model) in entries)
        {
            var (linear, attention) = Macs(model, batch);
            if (linear == entry.GetProperty("linear_macs").GetDouble()
                && (attention == entry.GetProperty("attn_macs_causal").GetDouble() || DenseInTheCount.ContainsKey(name))) continue;
            failures.AppendLine(
                $"{name} {batch.Prefill.Tokens}: linear {linear} of {entry.GetProperty("linear_macs")}, attention {attention} of {entry.GetProperty("attn_macs_causal")}");
        }

        Assert.True(failures.Length == 0, failures.ToString());
        Assert.Equal(96, entries.Count);
    }

    /// <summary>Where attention is spelt out its products are dense, and the count has them among the matrix products, with those of rotation tables.</summary>
    [SharedFact]
    public void Traced_graphs_do_what_was_counted()
    {
        var compared = 0;
        foreach (var (name, batch, entry, model) in Entries("entries_ort"))
        {
            if (!name.StartsWith("hf_torchscript", StringComparison.Ordinal) && !name.Contains("/phi", StringComparison.Ordinal)) continue;
            if (entry.GetProperty("dims").EnumerateObject().Count() < 2) continue;
            var (linear, attention) = Macs(AttentionExpansion.Unfused(model), batch);
            var expected = entry.GetProperty("linear_macs").GetDouble();
            Assert.True(Math.Abs(linear + attention - expected) <= 1e-3 * expected, $"{name}: {linear} + {attention} of {expected}");
            compared++;
        }

        Assert.Equal(18, compared);
    }

    private static List<(string Name, BatchShape Batch, JsonElement Entry, LanguageModel Model)> Entries(string list)
    {
        var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("onnx/reference_flops.json")));
        var models = new Dictionary<string, LanguageModel>(StringComparer.Ordinal);
        var entries = new List<(string, BatchShape, JsonElement, LanguageModel)>();
        foreach (var entry in document.RootElement.GetProperty(list).EnumerateArray())
        {
            var name = entry.GetProperty("model").GetString()!;
            if (!models.TryGetValue(name, out var model)) models[name] = model = Recognised.File(SharedData.Path("onnx/models/" + name));
            var batch = default(BatchShape);
            var cached = !entry.TryGetProperty("dims", out var dims) || dims.EnumerateObject().Any(d => d.Name.Contains("past", StringComparison.Ordinal) || d.Name is "s17" or "s62");
            batch.Prefill.Add(cached ? entry.GetProperty("P").GetInt64() : 0, entry.GetProperty("S").GetInt64(), model.Needs, entry.GetProperty("B").GetInt64());
            batch.SampledPositions = batch.Tokens;
            entries.Add((name, batch, entry, model));
        }

        return entries;
    }

    private static (double Linear, double Attention) Macs(LanguageModel model, in BatchShape batch)
    {
        double linear = 0, attention = 0;
        foreach (var group in model.Groups)
        {
            foreach (var op in group.Operators)
            {
                var macs = op.Spec.Work(batch, Precision.Fp16).MatrixFlops / 2 * group.Count;
                if (op.Spec is Attention or AttentionScores or AttentionValues) attention += macs;
                else linear += macs;
            }
        }

        return (linear, attention);
    }
}
