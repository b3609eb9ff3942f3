using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Tests.TimeModels.Measured;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Measured;
using static LlmSim.Machines.Tests.TimeModels.Measured.Samples;

namespace LlmSim.Machines.Tests.TimeModels;

public sealed class MeasuredTimeModelTests
{
    private static readonly IdealTimeModel s_ideal = new(Catalogue.Find("a6000"));

    private static readonly MeasuredTable s_table = new(
        [
            ("gemm.csv", [new(Gemm(16, 4096, 4096), 2e-6), new(Gemm(64, 4096, 4096), 2e-6)]),
            ("attention.csv", [new(Decode(4, 64), 4e-6), new(Decode(4, 1024), 4e-6), new(Prefill(1, 64), 5e-6), new(Prefill(1, 256), 5e-6), new(Prefill(1, 32), 3e-6)]),
        ],
        _ => 1e-6);

    private static Linear Product(int outputs, NumberFormat stored = NumberFormat.Bf16) => new(4096, outputs, false, new WeightFormat(stored));

    private static double Seconds(ITimeModel model, OperatorSpec spec, BatchShape batch, Precision? precision = null)
    {
        var p = precision ?? new Precision(null, NumberFormat.Bf16, NumberFormat.Bf16);
        return model.Time(spec, spec.Work(batch, p), batch, p).Seconds;
    }

    private static MeasuredTimeModel Model(bool mixedInOneLaunch = false) => new(s_table, s_ideal, s_ideal, mixedInOneLaunch);

    [Fact]
    public void Within_the_points_the_utilisation_counts()
    {
        var model = Model();
        var batch = BatchShape.UniformDecode(32, 255);
        Assert.Equal(2 * Seconds(s_ideal, Product(4096), batch), Seconds(model, Product(4096), batch), 15);
        var decodes = BatchShape.UniformDecode(4, 255);
        Assert.Equal(4 * Seconds(s_ideal, Heads, decodes), Seconds(model, Heads, decodes), 15);
        Assert.Empty(model.Warnings);
        Assert.Equal("measured", model.Kind);
        var timed = new TimedOperators([Product(4096)], Bf16);
        Assert.Equal(
            "measured: gemm bf16 from gemm.csv (2 points), prefill-attention bf16 from attention.csv (3 points, ±29 % between them), decode-attention bf16 from attention.csv (2 points); other operators and sizes: " + s_ideal.StatedError(timed),
            model.StatedError(timed));
        Assert.DoesNotContain("decode", model.StatedError(timed with { Decodes = false }), StringComparison.Ordinal);
    }

    [Fact]
    public void Beyond_them_the_other_model_answers_and_a_warning_names_the_first_place()
    {
        var model = Model();
        var batch = BatchShape.UniformDecode(16, 100);
        Assert.Equal(Seconds(s_ideal, Product(256), batch), Seconds(model, Product(256), batch));
        Assert.Equal(Seconds(s_ideal, Product(512), batch), Seconds(model, Product(512), batch));
        Assert.Equal("gemm bf16: m, n, k = 16, 256, 4096 lies outside the points of gemm.csv; ideal times are used there", Assert.Single(model.Warnings));
        Assert.Equal(Seconds(s_ideal, Heads, batch), Seconds(model, Heads, batch));
        Assert.Contains(model.Warnings, w => w.Contains("sequences, length = 16, 101 lies outside the points of attention.csv", StringComparison.Ordinal));
        Assert.Empty(model.Fresh().Warnings);
    }

    [Fact]
    public void What_the_table_does_not_hold_is_no_warning()
    {
        var model = Model();
        var batch = BatchShape.UniformDecode(16, 63);
        // Another format, other kinds of attention, another operator.
        foreach (var spec in new OperatorSpec[] { Product(4096, NumberFormat.Int4), Heads with { Causal = false }, new Rotary(32, 128, 128) })
            Assert.Equal(Seconds(s_ideal, spec, batch), Seconds(model, spec, batch));
        Assert.Empty(model.Warnings);
    }

    [Fact]
    public void Prompts_behind_a_prefix_are_left_to_the_other_model()
    {
        var model = Model();
        var batch = default(BatchShape);
        batch.Prefill.Add(64, 64, BatchNeeds.None);
        Assert.Equal(Seconds(s_ideal, Heads, batch), Seconds(model, Heads, batch));
        Assert.Contains("behind a cached prefix", Assert.Single(model.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Mixed_batches_take_both_times_but_for_one_launch_where_there_are_two_kernels()
    {
        BatchShape prompts = BatchShape.UniformPrefill(1, 64), decodes = BatchShape.UniformDecode(4, 255), both = prompts;
        both.Decode = decodes.Decode;
        // The shortest launches measured: 3 µs of prompts, 4 µs of decodes.
        Assert.Equal(Seconds(Model(), Heads, prompts) + Seconds(Model(), Heads, decodes) - 3e-6, Seconds(Model(), Heads, both), 12);
        Assert.Equal(Seconds(s_ideal, Heads, both), Seconds(Model(mixedInOneLaunch: true), Heads, both));
    }

    [Fact]
    public void Asking_for_times_allocates_nothing()
    {
        var model = Model();
        BatchShape decodes = BatchShape.UniformDecode(4, 255), both = decodes, outside = BatchShape.UniformDecode(5, 4000);
        both.Prefill = BatchShape.UniformPrefill(1, 64).Prefill;
        var product = Product(4096);
        void Ask()
        {
            foreach (var batch in (ReadOnlySpan<BatchShape>)[decodes, both, outside])
            {
                Seconds(model, Heads, batch);
                Seconds(model, product, batch);
            }
        }

        for (var i = 0; i < 100; i++) Ask();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Ask();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_router_is_a_product_and_a_fused_operator_runs_on_its_kernel()
    {
        var batch = BatchShape.UniformDecode(16, 63);
        var router = new Router(4096, 4096, 2, false, new WeightFormat(NumberFormat.Bf16));
        Assert.Equal(2 * Seconds(s_ideal, router, batch), Seconds(Model(), router, batch), 15);
    }
}
