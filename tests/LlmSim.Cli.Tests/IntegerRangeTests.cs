using LlmSim.Cli.Options;
using LlmSim.Files;

namespace LlmSim.Cli.Tests;

public class IntegerRangeTests
{
    [Theory]
    [InlineData("8", new[] { 8 })]
    [InlineData("1,2,5", new[] { 1, 2, 5 })]
    [InlineData("1..64", new[] { 1, 2, 4, 8, 16, 32, 64 })]
    [InlineData("3..20", new[] { 3, 6, 12, 20 })]
    [InlineData("10..30..10", new[] { 10, 20, 30 })]
    [InlineData("0..4", new[] { 0, 1, 2, 4 })]
    [InlineData("7..7", new[] { 7 })]
    [InlineData("2147483646..2147483647", new[] { 2147483646, 2147483647 })]
    public void Values(string text, int[] expected)
    {
        var errors = new InputErrors();
        Assert.Equal(expected, IntegerRange.Parse("--batch", text, 0, int.MaxValue, errors));
        Assert.False(errors.Any);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-3")]
    [InlineData("")]
    [InlineData("NaN")]
    [InlineData("1..")]
    [InlineData("9..3")]
    [InlineData("1..2..3..4")]
    [InlineData("1..100000000..1")]
    [InlineData("1..9..0")]
    public void What_is_no_range_is_refused_with_the_option_and_the_syntax(string text)
    {
        var errors = new InputErrors();
        Assert.Empty(IntegerRange.Parse("--batch", text, 1, int.MaxValue, errors));
        Assert.Equal("--batch", errors.Items[0].File);
        Assert.NotEqual("", errors.Items[0].Remedy);
    }

    [Fact]
    public void Every_wrong_part_is_reported()
    {
        var errors = new InputErrors();
        IntegerRange.Parse("--batch", "0,x,4", 1, 100, errors);
        Assert.Equal(2, errors.Count);
    }
}
