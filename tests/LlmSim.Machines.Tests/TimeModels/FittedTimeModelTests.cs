using FsCheck;
using FsCheck.Fluent;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.TimeModels;

public sealed class FittedTimeModelTests
{
    private static readonly HardwareCatalogue s_catalogue = new(Repository.Path("hardware"));
    private static readonly WeightFormat s_fp16 = new(NumberFormat.Fp16);
    private static readonly OperatorSpec[] s_specs =
    [
        new Linear(4096, 6144, false, s_fp16), new Attention(32, 8, 128, 128), new AttentionScores(32, 8, 128), new AttentionValues(32, 8, 128),
        new Softmax(32), new MultiLatentAttention(128, 512, 128, 64, 128, s_fp16), new Norm(NormKind.Rms, 4096, Skip: true), ElementWise.Add(4096),
        new Rotary(32, 128, 128), new Embedding(128256, 4096, s_fp16), new Router(4096, 128, 8, false, s_fp16), new Copy(new Extent(PerToken: 4096)),
        new MixtureOfExperts(128, 8, 2048, 768, true, false, ActivationFunction.Silu, s_fp16),
        new Collective(CollectiveKind.AllReduce, 4096, 8), new Collective(CollectiveKind.AllToAll, 4096, 8),
        new Unrecognised("x.Y", new Extent(1), new Extent(1), 10, 16, new Extent(7)),
    ];

    private static ITimeModel Model(string device) => TimeModelCatalogue.Create("fitted", s_catalogue.Find(device), s_catalogue);

    private static double Seconds(ITimeModel model, OperatorSpec spec, BatchShape batch, Precision precision) =>
        model.Time(spec, spec.Work(batch, precision), batch, precision).Seconds;

    private static BatchShape Mixed(int prompt, int past, int decodes, int context)
    {
        var batch = default(BatchShape);
        if (prompt > 0) batch.Prefill.Add(past, prompt, BatchNeeds.None);
        for (var i = 0; i < decodes; i++) batch.Decode.Add(context, 1, BatchNeeds.None);
        batch.SampledPositions = batch.Sequences;
        return batch;
    }

    // Rows of the AIConfigurator table of an H100 (vLLM 0.24, bf16), in seconds.
    [Theory]
    [InlineData(1, 4096, 6144, 1.9899e-5)]
    [InlineData(256, 4096, 6144, 2.6396e-5)]
    [InlineData(8192, 8192, 8192, 1.541708e-3)]
    public void An_H100_product_takes_the_time_that_was_measured(int rows, int inputs, int outputs, double seconds)
    {
        var time = Seconds(Model("h100-80gb-sxm"), new Linear(inputs, outputs, false, s_fp16), BatchShape.UniformPrefill(1, rows), Precision.Fp16);
        Assert.InRange(time, seconds * 0.87, seconds * 1.13);
    }

    [Theory]
    [InlineData("a100-80gb-sxm", 1)]
    [InlineData("a100-80gb-sxm", 64)]
    [InlineData("h100-80gb-sxm", 1)]
    public void Decode_attention_far_below_the_ridge_is_never_bound_by_arithmetic(string device, int sequences)
    {
        var (spec, batch) = (new Attention(32, 32, 128, 128), BatchShape.UniformDecode(sequences, 2048));
        var time = Model(device).Time(spec, spec.Work(batch, Precision.Fp16), batch, Precision.Fp16);
        Assert.NotEqual(Bound.Compute, time.Bound);
        Assert.InRange(time.ComputeSeconds, 0, time.Seconds);
    }

    // Rows of the AIConfigurator table of an L40S (vLLM 0.24, fp8), in seconds: tiles of 128 x 128, then one and two waves of 256 x 128.
    [Theory]
    [InlineData(512, 2048, 4096, 3.44e-5)]
    [InlineData(512, 2048, 5120, 4.92e-5)]
    [InlineData(1024, 2048, 5120, 1.242e-4)]
    [InlineData(8192, 4096, 12288, 2.2727e-3)]
    public void An_L40S_product_of_8_bits_takes_the_time_that_was_measured(int rows, int inputs, int outputs, double seconds)
    {
        var precision = new Precision(new WeightFormat(NumberFormat.Fp8), NumberFormat.Fp8, NumberFormat.Fp8);
        var time = Seconds(Model("l40s"), new Linear(inputs, outputs, false, new WeightFormat(NumberFormat.Fp8)), BatchShape.UniformPrefill(1, rows), precision);
        Assert.InRange(time, seconds * 0.8, seconds * 1.2);
    }

    [Theory]
    [InlineData("h100-80gb-sxm")]
    [InlineData("l40s")]
    public void Without_a_kernel_that_quantises_a_product_of_8_bits_is_shorter_by_its_time(string name)
    {
        var device = s_catalogue.Find(name);
        ITimeModel Of(bool fused) => TimeModelCatalogue.Create("fitted", device, s_catalogue, fusedQuantization: fused);
        var eight = new Precision(new WeightFormat(NumberFormat.Fp8), NumberFormat.Fp8, NumberFormat.Fp8);
        var constants = device.TimeConstants.First(c => c.Class == "gemm" && c.Format == NumberFormat.Fp8).Values;
        var (rows, inputs) = (64, 4096);
        var batch = BatchShape.UniformDecode(rows, 100);
        double Saved(Precision precision)
        {
            var linear = new Linear(inputs, 6144, false, precision.Weights!.Value);
            return Seconds(Of(false), linear, batch, precision) - Seconds(Of(true), linear, batch, precision);
        }

        var kernel = constants["quantizeSeconds"] + 3.0 * rows * inputs / (device.MemoryBandwidthBytesPerSecond * constants["quantizeEfficiency"]);
        Assert.Equal(kernel, Saved(eight), 1e-3 * kernel);
        Assert.Equal(0, Saved(Precision.Fp16));
    }

    [Fact]
    public void Every_operator_takes_a_finite_time_on_every_gpu_and_none_when_nothing_is_to_do()
    {
        var precisions = new[] { Precision.Fp16, new Precision(new WeightFormat(NumberFormat.Fp8), NumberFormat.Fp8, NumberFormat.Fp8), new Precision(new WeightFormat(NumberFormat.Int4, 128, 16), NumberFormat.Bf16, NumberFormat.Int8) };
        foreach (var name in s_catalogue.Names.Where(n => !n.Contains('/', StringComparison.Ordinal)))
        {
            var model = Model(name);
            foreach (var precision in precisions)
            {
                foreach (var spec in s_specs)
                {
                    foreach (var batch in new[] { BatchShape.UniformPrefill(2, 100), BatchShape.UniformDecode(3, 100), Mixed(200, 100, 5, 1000) })
                    {
                        var time = Seconds(model, spec, batch, precision);
                        Assert.True(double.IsFinite(time) && time > 0, $"{name} {spec}");
                    }

                    if (spec is not Unrecognised) Assert.Equal(0, Seconds(model, spec, default, precision));
                }
            }
        }
    }

    [Fact]
    public void More_work_never_takes_much_less_time() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte, byte, byte, byte)>(),
        sizes =>
        {
            // Libraries choose tiles and splits, so a little more work may run a little faster; halving it may not be slower.
            var model = Model("h100-80gb-sxm");
            var (prompt, past, decodes, context) = (sizes.Item1 * 8, sizes.Item2 * 16, sizes.Item3 / 4, sizes.Item4 * 64);
            if (prompt == 0 && decodes == 0) return true;
            var small = Mixed(prompt, past, decodes, context);
            var large = Mixed(prompt * 2, past * 2, decodes * 2, context * 2);
            return s_specs.All(spec => Seconds(model, spec, large, Precision.Fp16) >= 0.85 * Seconds(model, spec, small, Precision.Fp16));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Fitted_times_are_seldom_shorter_than_ideal_ones()
    {
        var device = s_catalogue.Find("a100-80gb-sxm");
        var (fitted, ideal) = (Model("a100-80gb-sxm"), new IdealTimeModel(device));
        foreach (var batch in new[] { BatchShape.UniformPrefill(1, 2048), BatchShape.UniformDecode(64, 2048), BatchShape.UniformDecode(1, 100) })
        {
            foreach (var spec in s_specs.Where(s => s is Linear or Attention or MixtureOfExperts))
                Assert.True(Seconds(fitted, spec, batch, Precision.Fp16) > Seconds(ideal, spec, batch, Precision.Fp16), spec.ToString());
        }
    }

    [Theory]
    [InlineData("h100-80gb-sxm", "fitted", "fitted on h100-80gb-sxm: gemm bf16")]
    [InlineData("mi300x", "fitted", "nothing fitted on mi300x")]
    [InlineData("a40", "fitted", "median of a100-80gb-sxm")]
    [InlineData("tpu-v5e", "ideal", "ideal")]
    [InlineData("llm-viewer/nvidia_a6000", "ideal", "ideal")]
    public void A_model_says_where_its_constants_come_from(string device, string kind, string error)
    {
        var model = Model(device);
        Assert.Equal(kind, model.Kind);
        Assert.Contains(error, model.StatedError(new TimedOperators(s_specs, Precision.Fp16)), StringComparison.Ordinal);
    }

    [Fact]
    public void The_stated_error_is_that_of_the_operators_that_run()
    {
        string Stated(string device, Precision precision, OperatorSpec[] specs, bool prompts = true, bool decodes = true) =>
            Model(device).StatedError(new TimedOperators(specs, precision, prompts, decodes));
        var attention = s_specs.First(s => s is Attention);
        Assert.Matches(@"^fitted on h100-80gb-sxm: gemm bf16 ±\d+ %$", Stated("h100-80gb-sxm", Precision.Fp16, [new Linear(64, 64, false, s_fp16)]));
        Assert.Matches(@"^fitted on h100-80gb-sxm: decode-attention bf16 ±\d+ %$", Stated("h100-80gb-sxm", Precision.Fp16, [attention], prompts: false));
        Assert.Matches(@"^fitted on h100-80gb-sxm: prefill-attention fp8 ±\d+ %$", Stated("h100-80gb-sxm", Precision.Fp16 with { KvCache = NumberFormat.Fp8 }, [attention], decodes: false));
        Assert.Equal("nothing fitted on h100-80gb-sxm", Stated("h100-80gb-sxm", Precision.Fp16, []));
        // Every class is named when everything runs, each once.
        var all = Stated("a100-80gb-sxm", Precision.Fp16, [.. s_specs, .. s_specs]);
        foreach (var name in new[] { "gemm bf16", "prefill-attention bf16", "decode-attention bf16", "mixed-attention", "experts bf16", "all-reduce", "element-wise" })
            Assert.Equal(2, all.Split(name + " ±").Length);
        Assert.DoesNotContain("all-reduce", Stated("a100-80gb-sxm", Precision.Fp16, [.. s_specs.Where(s => s is not Collective)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Power_limited_and_consumer_parts_lend_nothing()
    {
        foreach (var device in new[] { "mi300x", "v100-32gb-sxm", "l4", "rtx-6000-ada" })
        {
            var stated = Model(device).StatedError(new TimedOperators(s_specs, Precision.Fp16));
            Assert.DoesNotContain("l40s", stated, StringComparison.Ordinal);
            Assert.DoesNotContain("rtx-4090", stated, StringComparison.Ordinal);
            Assert.DoesNotContain("ada", stated.Replace(device, "", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Sizes_outside_what_was_measured_are_warned_of()
    {
        var model = (FittedTimeModel)Model("h100-80gb-sxm");
        Seconds(model, new Linear(4096, 4096, false, s_fp16), BatchShape.UniformPrefill(1, 64), Precision.Fp16);
        Assert.Empty(model.Warnings);
        Seconds(model, new Linear(64, 4096, false, s_fp16), BatchShape.UniformPrefill(1, 64), Precision.Fp16);
        Assert.Contains("gemm bf16", Assert.Single(model.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluation_allocates_nothing()
    {
        var model = Model("h100-80gb-sxm");
        var batch = Mixed(100, 50, 20, 3000);
        var works = s_specs.Select(s => s.Work(batch, Precision.Fp16)).ToArray();
        var sum = 0.0;
        for (var round = 0; round < 2; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < s_specs.Length; i++) sum += model.Time(s_specs[i], works[i], batch, Precision.Fp16).Seconds;
            if (round > 0) Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        }

        Assert.True(sum > 0);
    }
}
