using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.TimeModels;

public sealed class IdealTimeModelTests
{
    private static readonly WeightFormat s_fp16 = new(NumberFormat.Fp16);
    private static readonly Device s_a6000 = new HardwareCatalogue(Repository.Path("hardware")).Find("llm-viewer/nvidia_a6000");
    private static readonly IdealTimeModel s_model = new(s_a6000);

    private static OperatorTime Time(OperatorSpec spec, BatchShape batch, Precision precision) =>
        s_model.Time(spec, spec.Work(batch, precision), batch, precision);

    // The survey's Table 1: Llama-2-7B on an A6000, sequence 2048, batch 1.
    [Fact]
    public void The_survey_s_projection_is_compute_bound_in_prefill()
    {
        var time = Time(new Linear(4096, 4096, false, s_fp16), BatchShape.UniformPrefill(1, 2048), Precision.Fp16);
        Assert.Equal(0.000443813888251307, time.Seconds, 12);
        Assert.Equal(Bound.Compute, time.Bound);
    }

    [Fact]
    public void The_same_projection_is_memory_bound_in_decode()
    {
        var time = Time(new Linear(4096, 4096, false, s_fp16), BatchShape.UniformDecode(1, 2048), Precision.Fp16);
        Assert.Equal((4096.0 * 4096 + 8192) * 2 / 768e9, time.Seconds, 12);
        Assert.Equal(Bound.Memory, time.Bound);
    }

    [Theory]
    [InlineData(NumberFormat.Int8, NumberFormat.Int8, 309.7e12)]
    [InlineData(NumberFormat.Int4, NumberFormat.Int8, 309.7e12)]
    [InlineData(NumberFormat.Int4, NumberFormat.Fp16, 154.8385e12)]
    [InlineData(NumberFormat.Int8, NumberFormat.Fp16, 154.8385e12)]
    [InlineData(NumberFormat.Fp16, NumberFormat.Int8, 154.8385e12)]
    public void Int8_rates_need_all_operands_at_8_bits(NumberFormat weights, NumberFormat activations, double rate)
    {
        var precision = new Precision(new WeightFormat(weights), activations, NumberFormat.Fp16);
        var time = Time(new Linear(4096, 4096, false, s_fp16), BatchShape.UniformPrefill(4, 2048), precision);
        Assert.Equal(2.0 * 4096 * 4096 * 8192 / rate, time.Seconds, 12);
    }

    [Theory]
    [InlineData(NumberFormat.Int8, NumberFormat.Int8, 309.7e12)]
    [InlineData(NumberFormat.Fp16, NumberFormat.Int8, 154.8385e12)]
    public void Attention_computes_in_the_wider_of_activations_and_cache(NumberFormat activations, NumberFormat kv, double rate)
    {
        var precision = new Precision(s_fp16, activations, kv);
        var batch = BatchShape.UniformPrefill(1, 8192);
        var spec = new Attention(32, 32, 128, 128);
        Assert.Equal(spec.Work(batch, precision).MatrixFlops / rate, Time(spec, batch, precision).Seconds, 12);
    }

    [Fact]
    public void A_collective_takes_as_long_as_its_link()
    {
        var device = new HardwareCatalogue(Repository.Path("hardware")).Find("h100-80gb-sxm");
        var batch = BatchShape.UniformPrefill(1, 4096);
        var spec = new Collective(CollectiveKind.AllReduce, 8192, 8);
        var time = new IdealTimeModel(device).Time(spec, spec.Work(batch, Precision.Fp16), batch, Precision.Fp16);
        Assert.Equal(2.0 * 4096 * 8192 * 2 * 7 / 8 / 450e9, time.Seconds, 12);
        Assert.Equal(Bound.Link, time.Bound);
    }

    [Fact]
    public void Every_operator_takes_a_finite_time_on_every_device_in_every_format()
    {
        OperatorSpec[] specs =
        [
            new Linear(512, 256, true, s_fp16), new Attention(8, 2, 64, 64), new AttentionScores(8, 2, 64), new AttentionValues(8, 2, 64),
            new Softmax(8), new MultiLatentAttention(8, 512, 128, 64, 128, s_fp16), new Norm(NormKind.Rms, 512, Skip: true), ElementWise.Add(512),
            new Rotary(8, 64, 64), new Embedding(1000, 512, s_fp16), new Router(512, 8, 2, false, s_fp16), new Copy(new Extent(PerToken: 512)),
            new MixtureOfExperts(8, 2, 512, 1024, true, false, ActivationFunction.Silu, s_fp16),
            new Collective(CollectiveKind.AllReduce, 512, 2), new Unrecognised("x.Y", new Extent(1), new Extent(1), 10, 16, new Extent(7)),
        ];
        NumberFormat[] formats = [NumberFormat.Fp32, NumberFormat.Fp16, NumberFormat.Bf16, NumberFormat.Fp8, NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Fp4];
        foreach (var device in new HardwareCatalogue(Repository.Path("hardware")).All())
        {
            var model = new IdealTimeModel(device);
            foreach (var format in formats)
            {
                var precision = new Precision(new WeightFormat(format), format, format);
                foreach (var spec in specs)
                {
                    foreach (var batch in new[] { BatchShape.UniformPrefill(2, 100), BatchShape.UniformDecode(3, 100) })
                    {
                        var time = model.Time(spec, spec.Work(batch, precision), batch, precision);
                        Assert.True(double.IsFinite(time.Seconds) && time.Seconds > 0, $"{device.Name} {format} {spec}");
                    }

                    Assert.Equal(0, model.Time(spec, spec.Work(default, precision), default, precision).Seconds);
                }
            }
        }
    }
}
