using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Tests.Numbers;

public class SiFormatTests
{
    public static TheoryData<double, Unit, string> Examples => new()
    {
        { 0, Unit.Bytes, "0 B" },
        { 13.52e9, Unit.Bytes, "13.5 GB" },
        { 999.6, Unit.Bytes, "1 kB" },
        { 0.034, Unit.Seconds, "34 ms" },
        { 0.0000123, Unit.Seconds, "12.3 µs" },
        { 5e-9, Unit.Seconds, "5 ns" },
        { 1234.5, Unit.Seconds, "1230 s" },
        { 1200, Unit.TokensPerSecond, "1.2 k tokens/s" },
        { 0.25, Unit.RequestsPerSecond, "0.25 requests/s" },
        { 312e12, Unit.FlopsPerSecond, "312 TFLOP/s" },
        { 2.039e12, Unit.BytesPerSecond, "2.04 TB/s" },
        { 0.4235, Unit.Share, "42.4 %" },
        { -5.5, Unit.None, "−5.5" },
        { double.NaN, Unit.Bytes, "–" },
        { double.PositiveInfinity, Unit.Bytes, "∞" },
        { 153.0, Unit.FlopsPerByte, "153 FLOP/B" },
    };

    [Theory]
    [MemberData(nameof(Examples))]
    public void Numbers_have_three_digits_and_a_prefix(double value, Unit unit, string expected) => Assert.Equal(expected, SiFormat.Value(value, unit));

    [Theory]
    [InlineData(0.5, "0.5")]
    [InlineData(1234567, "1230000")]
    [InlineData(99.95, "100")]
    [InlineData(0.00012345, "0.000123")]
    [InlineData(1e-9, "1e−9")]
    [InlineData(1.5e12, "1.5e12")]
    public void Plain_numbers_have_three_digits(double value, string expected) => Assert.Equal(expected, SiFormat.Significant(value));
}
