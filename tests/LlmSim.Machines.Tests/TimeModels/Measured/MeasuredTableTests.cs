using FsCheck;
using FsCheck.Fluent;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Measured;
using static LlmSim.Machines.Tests.TimeModels.Measured.Samples;

namespace LlmSim.Machines.Tests.TimeModels.Measured;

public sealed class MeasuredTableTests
{
    // Half the ideal rate at m = 16, three quarters at m = 256; the ideal time is 1 µs per row or sequence.
    private static readonly MeasuredTable s_table = Table(
        new(Gemm(16, 4096, 4096), 32e-6), new(Gemm(256, 4096, 4096), 256e-6 / 0.75), new(Gemm(256, 4096, 4096), 1), new(Gemm(256, 4096, 4096), 256e-6 / 0.75),
        new(Gemm(16, 8192, 4096), 16e-6 / 0.4), new(Gemm(256, 8192, 4096), 256e-6 / 0.8), new(Gemm(16, 32768, 4096), 16e-6),
        new(Decode(8, 1024), 16e-6), new(Decode(8, 2048), 32e-6), new(Decode(16, 1024), 64e-6));

    private static MeasuredTable Table(params MeasuredPoint[] points) => new([("test.csv", points)], shape => shape.Size * 1e-6);

    [Theory]
    [InlineData(16, 4096, 0.5)]
    [InlineData(256, 4096, 0.75)]
    [InlineData(16, 8192, 0.4)]
    public void Points_are_given_back(double m, double n, double utilization) => Assert.Equal(utilization, s_table.Utilization(Gemm(m, n, 4096)), 12);

    [Fact]
    public void Between_points_the_utilisation_lies_between()
    {
        // Halfway in the logarithm of m, halfway in the logarithm of the utilisation.
        Assert.Equal(Math.Sqrt(0.5 * 0.75), s_table.Utilization(Gemm(64, 4096, 4096)), 12);
        Assert.Equal(Math.Sqrt(0.5 * 0.4), s_table.Utilization(Gemm(16, 4096 * Math.Sqrt(2), 4096)), 12);
    }

    [Theory]
    [InlineData(15, 4096, 4096)]
    [InlineData(257, 4096, 4096)]
    [InlineData(64, 4095, 4096)]
    [InlineData(64, 4096, 4097)]
    // Neighbours in n a factor of 4 apart.
    [InlineData(16, 16384, 4096)]
    [InlineData(0, 4096, 4096)]
    public void Outside_there_is_no_answer(double m, double n, double k) => Assert.True(double.IsNaN(s_table.Utilization(Gemm(m, n, k))));

    [Fact]
    public void Attention_lies_within_its_ragged_corners_only()
    {
        Assert.Equal(0.5, s_table.Utilization(Decode(8, 1024)), 12);
        Assert.Equal(Math.Sqrt(0.5 * 0.25), s_table.Utilization(Decode(8, 1024 * Math.Sqrt(2))), 12);
        // At 16 sequences nothing longer than 1,024 keys was measured.
        Assert.True(double.IsNaN(s_table.Utilization(Decode(12, 1500))));
        Assert.True(double.IsNaN(s_table.Utilization(MeasuredShape.Attention(MeasuredClass.DecodeAttention, MeasuredFormats.Bf16, new MeasuredHeads(32, 4, 128), 8, 1024))));
    }

    [Fact]
    public void Equal_sizes_count_once_by_their_median() => Assert.Equal(8, s_table.Count);

    [Fact]
    public void It_says_what_it_holds_and_how_far_off_points_are_between_their_neighbours()
    {
        // The neighbours of the middle one say 32 µs where 38.7 were measured: 17 % less.
        var table = Table(new(Gemm(16, 64, 64), 16e-6), new(Gemm(32, 64, 64), 32e-6 * 1.21), new(Gemm(64, 64, 64), 64e-6), new(Decode(4, 32), 1));
        Assert.Equal("gemm bf16 from test.csv (3 points, ±17 % between them), decode-attention bf16 from test.csv (1 point)", table.Describe(new TimedOperators([], Bf16)));
        Assert.Equal("test.csv", table.FilesOf(MeasuredClass.Gemm, MeasuredFormats.Bf16));
        Assert.Null(table.FilesOf(MeasuredClass.PrefillAttention, MeasuredFormats.Bf16));
    }

    /// <summary>Against a search through all points: between neighbours on a full grid the utilisation lies between the least and the largest of the corners.</summary>
    [Fact]
    public void On_a_grid_every_place_lies_between_its_corners()
    {
        int[] sizes = [1, 2, 4, 16, 64], widths = [64, 96, 128];
        Prop.ForAll(
            Gen.Choose(0, 1 << 20).ArrayOf(sizes.Length * widths.Length * widths.Length).ToArbitrary(),
            Gen.Choose(1, 64).ToArbitrary(), Gen.Choose(64, 128).Two().ToArbitrary(),
            (chance, m, at) =>
            {
                var points = new List<MeasuredPoint>();
                foreach (var n in widths)
                    foreach (var k in widths)
                        foreach (var size in sizes) points.Add(new(Gemm(size, n, k), 1e-6 * (1 + chance[points.Count])));
                var utilization = Table([.. points]).Utilization(Gemm(m, at.Item1, at.Item2));
                static bool Beside(int[] steps, double value, double x) => x == value || (Below(steps, value, x) && !steps.Any(s => s > Math.Min(x, value) && s < Math.Max(x, value)));
                static bool Below(int[] steps, double value, double x) => !steps.Contains((int)x);
                var corners = points.Where(p => Beside(sizes, p.Shape.Size, m) && Beside(widths, p.Shape.First, at.Item1) && Beside(widths, p.Shape.Second, at.Item2))
                    .Select(p => p.Shape.Size * 1e-6 / p.Seconds).ToList();
                Assert.InRange(utilization, corners.Min() * (1 - 1e-9), corners.Max() * (1 + 1e-9));
            }).QuickCheckThrowOnFailure();
    }
}
