using LlmSim.Kernel.Time;

namespace LlmSim.Kernel.Tests.Time;

public class TickTests
{
    [Theory]
    [InlineData(0, 0)]
    [InlineData(5e-9, 5)]
    [InlineData(1.4e-9, 1)]
    [InlineData(2.5e-9, 2)]
    [InlineData(3.5e-9, 4)]
    public void Seconds_become_the_nearest_tick(double seconds, long nanoseconds) => Assert.Equal(nanoseconds, Tick.Nanosecond.FromSeconds(seconds));

    [Theory]
    [InlineData(-1e-9)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(1e10)]
    public void Durations_that_no_clock_holds_are_refused(double seconds)
    {
        var error = Assert.Throws<OverflowException>(() => Tick.Nanosecond.FromSeconds(seconds));
        Assert.Contains(seconds.ToString("R"), error.Message);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(499, 0)]
    [InlineData(500, 1)]
    [InlineData(1499, 1)]
    [InlineData(1500, 2)]
    [InlineData(long.MaxValue, long.MaxValue / 1000 + 1)]
    public void A_pass_is_rounded_to_nanoseconds_once(long picoseconds, long nanoseconds) =>
        Assert.Equal(nanoseconds, Tick.PicosecondsToNanoseconds(picoseconds));
}
