using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.TimeModels;

public sealed class MeasuredTableTests
{
    private static readonly Device s_device = new HardwareCatalogue(Repository.Path("hardware")).Find("a6000");

    // Half the ideal rate at m = 16, three quarters at m = 256; the ideal time is 1 µs per row.
    private static readonly MeasuredTable s_table = new(
        "test",
        [
            new(MeasuredClass.Gemm, 4096, 4096, 0, 16, 1, 32e-6), new(MeasuredClass.Gemm, 4096, 4096, 0, 256, 1, 256e-6 / 0.75),
            new(MeasuredClass.Gemm, 4096, 4096, 0, 256, 1, 1), new(MeasuredClass.Gemm, 4096, 4096, 0, 256, 1, 256e-6 / 0.75),
            new(MeasuredClass.DecodeAttention, 32, 8, 128, 8, 1024, 16e-6),
        ],
        point => point.Size * 1e-6);

    [Theory]
    [InlineData(16, 0.5)]
    [InlineData(256, 0.75)]
    public void Points_are_given_back(double m, double utilization) =>
        Assert.Equal(utilization, s_table.Utilization(MeasuredClass.Gemm, 4096, 4096, 0, m, 1)!.Value, 12);

    [Fact]
    public void Between_points_the_utilisation_lies_between()
    {
        // Halfway in the logarithm of m, halfway in the logarithm of the utilisation.
        Assert.Equal(Math.Sqrt(0.5 * 0.75), s_table.Utilization(MeasuredClass.Gemm, 4096, 4096, 0, 64, 1)!.Value, 12);
    }

    [Theory]
    [InlineData(4096, 4096, 3)]
    [InlineData(4096, 4096, 2000)]
    [InlineData(1024, 4096, 64)]
    [InlineData(4096, 9000, 64)]
    public void Far_outside_there_is_no_answer(double n, double k, double m) =>
        Assert.Null(s_table.Utilization(MeasuredClass.Gemm, n, k, 0, m, 1));

    [Fact]
    public void A_product_of_nearby_size_takes_the_nearest_pair() =>
        Assert.Equal(0.5, s_table.Utilization(MeasuredClass.Gemm, 5120, 4096, 0, 16, 1)!.Value, 12);

    [Fact]
    public void Attention_needs_its_own_heads() =>
        Assert.Null(s_table.Utilization(MeasuredClass.DecodeAttention, 32, 4, 128, 8, 1024));

    [Fact]
    public void Equal_sizes_count_once_by_their_median() => Assert.Equal(3, s_table.Count);

    [Fact]
    public void Beyond_the_table_the_other_model_answers_and_is_named()
    {
        var ideal = new IdealTimeModel(s_device);
        var model = new MeasuredTimeModel(s_table, ideal, ideal);
        var near = new Linear(4096, 4096, false, new WeightFormat(NumberFormat.Fp16));
        var far = new Linear(1024, 256, false, new WeightFormat(NumberFormat.Fp16));
        var batch = BatchShape.UniformDecode(16, 100);
        OperatorTime Time(ITimeModel m, OperatorSpec spec) => m.Time(spec, spec.Work(batch, Precision.Fp16), batch, Precision.Fp16);
        Assert.Equal(Time(ideal, near).Seconds / 0.5, Time(model, near).Seconds, 12);
        Assert.Empty(model.Outside);
        Assert.Equal(Time(ideal, far).Seconds, Time(model, far).Seconds);
        Assert.Equal("gemm", Assert.Single(model.Outside));
        Assert.Equal("measured", model.Kind);
    }
}
