using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Tests.Operators;

public class AttentionTests
{
    private static readonly Precision Fp16KvInt8 = new(null, NumberFormat.Fp16, NumberFormat.Int8);

    [Fact]
    public void Decode_reads_the_context_once_per_kv_head()
    {
        // Llama-2-70B: 64 heads share 8 key-value heads of 128.
        var attention = new Attention(64, 8, 128, 128);
        var work = attention.Work(BatchShape.UniformDecode(2, 999), Fp16KvInt8);
        Assert.Equal(2.0 * 64 * 256 * 2 * 1000, work.MatrixFlops);
        Assert.Equal(5.0 * 64 * 2 * 1000, work.VectorFlops);
        Assert.Equal(2.0 * 1000 * 8 * 256, work.KvReadBytes);
        Assert.Equal(2.0 * 8 * 256, work.KvWriteBytes);
        Assert.Equal(2.0 * (64 * 128 + 8 * 256) * 2, work.ActivationReadBytes);
        Assert.Equal(2.0 * 64 * 128 * 2, work.ActivationWriteBytes);
        Assert.Equal(2048, attention.KvElementsPerToken);
    }

    [Fact]
    public void Causal_prefill_does_about_half_of_the_dense_scores()
    {
        var batch = BatchShape.UniformPrefill(1, 100);
        var causal = new Attention(4, 4, 8, 8).Work(batch, Precision.Fp16);
        var dense = new Attention(4, 4, 8, 8) { Causal = false }.Work(batch, Precision.Fp16);
        Assert.Equal(2.0 * 4 * 16 * 5050, causal.MatrixFlops);
        Assert.Equal(2.0 * 4 * 16 * 10000, dense.MatrixFlops);
    }

    [Fact]
    public void A_window_bounds_pairs_and_keys()
    {
        var needs = new BatchNeeds { Windows = [128, 4096] };
        var attention = new Attention(1, 1, 1, 1) { Window = 128, WindowSlot = 0 };
        var work = attention.Work(BatchShape.UniformDecode(1, 9999, needs), Precision.Fp16);
        Assert.Equal(2.0 * 2 * 128, work.MatrixFlops);
        Assert.Equal(128 * 2 * 2.0, work.KvReadBytes);
    }

    [Fact]
    public void A_batch_without_the_sums_of_the_window_is_refused()
    {
        var attention = new Attention(1, 1, 1, 1) { Window = 128 };
        Assert.Throws<InvalidOperationException>(() => attention.Work(BatchShape.UniformDecode(1, 10), Precision.Fp16));
    }

    [Fact]
    public void Work_of_a_mixed_batch_is_the_sum_of_its_phases()
    {
        var attention = new Attention(8, 2, 16, 16);
        BatchShape both = default, prefill = default, decode = default;
        both.Prefill.Add(5, 20, BatchNeeds.None);
        prefill.Prefill.Add(5, 20, BatchNeeds.None);
        both.Decode.Add(70, 1, BatchNeeds.None);
        decode.Decode.Add(70, 1, BatchNeeds.None);
        Assert.Equal(
            attention.Work(prefill, Precision.Fp16) + attention.Work(decode, Precision.Fp16),
            attention.Work(both, Precision.Fp16));
    }

    [Fact]
    public void Unfused_attention_does_the_same_dense_arithmetic_and_moves_the_scores()
    {
        var attention = new Attention(8, 2, 16, 16) { Causal = false, RotaryDims = 16 };
        var model = new LanguageModel
        {
            Name = "one layer",
            HiddenSize = 128,
            LayerGroups =
            [
                new LayerGroup("layer", [0, 1], [new Operator("attention", attention, [0], [1])], [new("qkv", 192), new("attention", 128)], 1),
            ],
        };
        var batch = BatchShape.UniformPrefill(3, 50);
        var unfused = AttentionExpansion.Unfused(model);
        var rows = unfused.LayerGroups[0].Operators;
        Assert.Equal(["rotary", "qk_matmul", "softmax", "sv_matmul"], rows.Select(r => r.Name));

        var work = rows.Aggregate(default(OperatorWork), (sum, row) => sum + row.Spec.Work(batch, Precision.Fp16));
        var fused = attention.Work(batch, Precision.Fp16);
        Assert.Equal(fused.MatrixFlops, work.MatrixFlops);
        Assert.Equal(fused.VectorFlops, work.VectorFlops);
        Assert.Equal(fused.KvBytes, work.KvBytes);
        Assert.Equal(model.KvElementsPerToken, unfused.KvElementsPerToken);
        var scores = 8.0 * 3 * 50 * 50 * 2;
        Assert.Equal(scores, rows[1].Spec.Work(batch, Precision.Fp16).ActivationWriteBytes);
        Assert.Equal(2 * scores, rows[2].Spec.Work(batch, Precision.Fp16).MemoryBytes);
        Assert.Equal(scores / 2, unfused.LayerGroups[0].Values[rows[1].Outputs[0]].Elements(batch));
        Assert.All(rows, row => Assert.All(row.Inputs.Concat(row.Outputs), v => Assert.InRange(v, 0, unfused.LayerGroups[0].Values.Count - 1)));
    }
}
