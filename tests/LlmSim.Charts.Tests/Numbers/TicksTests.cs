using FsCheck;
using FsCheck.Fluent;
using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Tests.Numbers;

public class TicksTests
{
    [Fact]
    public void Linear_ticks_step_by_1_2_or_5_and_lie_within_the_range() =>
        Prop.ForAll(Arb.From(Gen.Choose(-1_000_000, 1_000_000).Two()), Arb.From(Gen.Choose(2, 20)), (ends, most) =>
        {
            var (low, high) = (Math.Min(ends.Item1, ends.Item2) / 37.0, Math.Max(ends.Item1, ends.Item2) / 37.0 + 0.01);
            var (ticks, _) = Ticks.Linear(low, high, most, Unit.Seconds);
            Assert.InRange(ticks.Count, 0, most + 1);
            Assert.All(ticks, t => Assert.InRange(t.Value, low - (high - low) * 1e-5, high + (high - low) * 1e-5));
            if (ticks.Count < 2) return;
            var step = ticks[1].Value - ticks[0].Value;
            var mantissa = step / Math.Pow(10, Math.Floor(Math.Log10(step) + 1e-6));
            Assert.Contains(Math.Round(mantissa, 3), (double[])[1, 2, 5]);
            Assert.Equal(ticks.Count, ticks.Select(t => t.Label).Distinct().Count());
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Labels_of_a_linear_axis_carry_the_prefix_of_its_title()
    {
        var (ticks, unit) = Ticks.Linear(0, 80e9, 5, Unit.Bytes);
        Assert.Equal("GB", unit);
        Assert.Equal(["0", "20", "40", "60", "80"], ticks.Select(t => t.Label));
    }

    [Fact]
    public void Decades_of_seconds_carry_their_unit()
    {
        var (ticks, unit) = Ticks.Log(0.001, 10, 5, Unit.Seconds);
        Assert.Equal("", unit);
        Assert.Equal(["1 ms", "10 ms", "100 ms", "1 s", "10 s"], ticks.Where(t => t.Label.Length > 0).Select(t => t.Label));
    }

    [Fact]
    public void Short_log_axes_show_2_and_5()
    {
        var (ticks, unit) = Ticks.Log(1, 100, 8, Unit.RequestsPerSecond);
        Assert.Equal("requests/s", unit);
        Assert.Equal(["1", "2", "5", "10", "20", "50", "100"], ticks.Where(t => t.Label.Length > 0).Select(t => t.Label));
    }

    [Theory]
    [InlineData(0.012, 0.4, 4)] // only one power of ten within
    [InlineData(0.003, 0.02, 4)]
    [InlineData(1, 9, 3)]
    public void A_log_axis_with_one_power_of_ten_has_labels_at_both_ends(double low, double high, int most)
    {
        var labels = Ticks.Log(low, high, most, Unit.Seconds).Ticks.Where(t => t.Label.Length > 0).ToList();
        Assert.InRange(labels.Count, 2, 6);
        Assert.True(labels[0].Value <= Math.Sqrt(low * high) && labels[^1].Value >= Math.Sqrt(low * high));
    }

    [Fact]
    public void A_log_axis_within_half_a_decade_has_equal_steps() => Assert.True(Ticks.Log(12, 18, 6, Unit.None).Ticks.Count >= 3);

    [Theory]
    [InlineData(30, 5, "s", "10", 10)]
    [InlineData(255, 10, "s", "50", 50)]
    [InlineData(600, 5, "min", "2", 120)]
    [InlineData(7200, 6, "min", "20", 1200)]
    [InlineData(86400, 8, "h", "3", 10800)]
    [InlineData(864000, 5, "days", "2", 172800)]
    public void Time_is_labelled_as_people_read_it(double seconds, int most, string unit, string label, double step)
    {
        var (ticks, name) = Ticks.Time(0, seconds, most);
        Assert.Equal((unit, step, label), (name, ticks[1].Value, ticks[1].Label));
    }
}
