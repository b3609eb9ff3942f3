using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Tests.Operators;

public class OperatorSpecTests
{
    private static readonly WeightFormat Fp16 = new(NumberFormat.Fp16);
    private static readonly BatchShape Decode4 = BatchShape.UniformDecode(4, 100);
    private static readonly BatchShape Prefill = BatchShape.UniformPrefill(1, 64);

    [Fact]
    public void Every_operator_but_collectives_costs_nothing_on_an_empty_batch()
    {
        OperatorSpec[] specs =
        [
            new Linear(8, 8, true, Fp16), new Attention(2, 1, 4, 4) { Sinks = true }, new MultiLatentAttention(2, 8, 4, 2, 4, Fp16),
            new MixtureOfExperts(8, 2, 8, 8, true, true, ActivationFunction.Silu, Fp16), new Router(8, 8, 2, true, Fp16), new Norm(NormKind.Layer, 8),
            new Rotary(2, 4, 4), ElementWise.Add(8), new Embedding(10, 8, Fp16), new Softmax(2), new AttentionScores(2, 1, 4), new AttentionValues(2, 1, 4),
            new Copy(new Extent(PerToken: 3)), new Collective(CollectiveKind.AllReduce, 8, 2),
            new Unrecognised("com.example.Odd", new Extent(PerToken: 3), default, 10, 16, default),
        ];
        foreach (var spec in specs) Assert.Equal(default, spec.Work(default, Precision.Fp16));
    }

    [Fact]
    public void An_extent_with_a_negative_share_never_falls_below_zero()
    {
        var extent = new Extent(PerToken: 8, PerSequence: -24);
        Assert.Equal(0, extent.Elements(BatchShape.UniformDecode(5, 10)));
        Assert.Equal(8.0 * 64 - 24, extent.Elements(Prefill));
        Assert.Equal(0, extent.Named("x").Elements(BatchShape.UniformDecode(5, 10)));
    }

    [Fact]
    public void Operators_print_their_sizes()
    {
        Assert.Equal("Rotary { Heads = 4, HeadDim = 8, RotaryDims = 8 }", new Rotary(4, 8, 8).ToString());
        Assert.Equal("Softmax { Heads = 4, Sinks = False }", new Softmax(4).ToString());
    }

    [Fact]
    public void Deepseek_decode_attends_in_the_latent_space_and_prefill_outside_it()
    {
        // DeepSeek-V3: 128 heads, latent 512, nope 128, rope 64, value 128; onnx.md: 576 elements per token and layer.
        var attention = new MultiLatentAttention(128, 512, 128, 64, 128, Fp16);
        Assert.Equal(576, attention.KvElementsPerToken);
        Assert.Equal(512.0 * 128 * 256, attention.Parameters);

        var decode = attention.Work(BatchShape.UniformDecode(1, 999), Precision.Fp16);
        var absorb = 2.0 * 128 * 512 * 256;
        Assert.Equal(absorb + 2.0 * 128 * (1024 + 64) * 1000, decode.MatrixFlops);
        Assert.Equal(1000.0 * 576 * 2, decode.KvReadBytes);
        Assert.Equal(attention.Parameters * 2, decode.WeightBytes);

        var prefill = attention.Work(BatchShape.UniformPrefill(1, 100), Precision.Fp16);
        Assert.Equal(100 * absorb + 2.0 * 128 * (192 + 128) * 5050, prefill.MatrixFlops);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 3.5)]
    [InlineData(1000, 8)]
    public void Expected_experts_follow_the_tokens(long tokens, double expected)
    {
        var experts = new MixtureOfExperts(8, 2, 16, 32, true, false, ActivationFunction.Silu, Fp16);
        Assert.Equal(expected, experts.DistinctExperts(tokens), 6);
    }

    [Fact]
    public void Skewed_routing_hits_fewer_experts_and_a_skew_near_nothing_the_same()
    {
        var uniform = new MixtureOfExperts(128, 8, 16, 32, true, false, ActivationFunction.Silu, Fp16);
        Assert.Equal(uniform.DistinctExperts(16), (uniform with { RoutingSkew = 1e-9 }).DistinctExperts(16), 5);
        var last = uniform.DistinctExperts(16);
        foreach (var skew in (double[])[0.5, 1, 2, 4])
        {
            var distinct = (uniform with { RoutingSkew = skew }).DistinctExperts(16);
            Assert.InRange(distinct, 8, last - 0.1);
            last = distinct;
        }

        // One token always finds k experts, however uneven the choice.
        Assert.Equal(8, (uniform with { RoutingSkew = 3 }).DistinctExperts(1), 9);
    }

    [Fact]
    public void Mixtral_experts_hold_the_parameters_of_their_matrices()
    {
        var experts = new MixtureOfExperts(8, 2, 4096, 14336, true, false, ActivationFunction.Silu, Fp16);
        Assert.Equal(8 * 3.0 * 4096 * 14336, experts.Parameters);
        Assert.Equal(2 * 3.0 * 4096 * 14336 * 2, experts.Work(Decode4, Precision.Fp16).MatrixFlops / 4);
    }

    [Fact]
    public void Embedding_reads_only_the_rows_selected_and_scales_of_quantised_rows()
    {
        var int4 = new WeightFormat(NumberFormat.Int4, 32, 16, 4);
        var table = new Embedding(1000, 64, int4);
        Assert.Equal(4 * (32 + 2 * 20 / 8.0), table.Work(Decode4, new Precision(null, NumberFormat.Fp16, NumberFormat.Fp16)).WeightBytes);
        Assert.Equal(4 * 128.0, table.Work(Decode4, Precision.Fp16).WeightBytes);
    }

    [Fact]
    public void Norm_with_skip_moves_both_streams()
    {
        var norm = new Norm(NormKind.Rms, 32, Skip: true);
        var work = norm.Work(Prefill, Precision.Fp16);
        Assert.Equal(64.0 * 32 * 2 * 2, work.ActivationReadBytes);
        Assert.Equal(64.0 * 32 * 2 * 2, work.ActivationWriteBytes);
        Assert.Equal(32 * 2, work.WeightBytes);
        Assert.Equal(64.0 * 32 * 5, work.VectorFlops);
    }

    [Theory]
    [InlineData(CollectiveKind.AllReduce, 1.5)]
    [InlineData(CollectiveKind.AllGather, 0.75)]
    [InlineData(CollectiveKind.AllToAll, 0.75)]
    [InlineData(CollectiveKind.Send, 1)]
    public void Collectives_send_their_share(CollectiveKind kind, double share)
    {
        var work = new Collective(kind, 100, 4).Work(Prefill, Precision.Fp16);
        Assert.Equal(64 * 100 * 2 * share, work.CommunicatedBytes);
    }

    [Fact]
    public void Final_rows_scale_with_sampled_positions_only()
    {
        var head = new Linear(16, 1000, false, Fp16, RowSource.SampledPositions);
        Assert.Equal(2.0 * 16 * 1000, head.Work(Prefill, Precision.Fp16).MatrixFlops);
        Assert.Equal(2.0 * 16 * 1000 * 64, head.Work(BatchShape.UniformPrefill(1, 64, allLogits: true), Precision.Fp16).MatrixFlops);
    }
}
