using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.Tests.Hardware;

public sealed class FormatRatesTests
{
    [Theory]
    [InlineData(NumberFormat.Fp16, NumberFormat.Fp16)]
    [InlineData(NumberFormat.Bf16, NumberFormat.Fp16)]
    [InlineData(NumberFormat.Fp8, NumberFormat.Fp16)]
    [InlineData(NumberFormat.Int4, NumberFormat.Int8)]
    [InlineData(NumberFormat.Int8, NumberFormat.Int8)]
    [InlineData(NumberFormat.Fp4, NumberFormat.Fp16)]
    [InlineData(NumberFormat.Fp32, NumberFormat.Fp32)]
    public void A_format_that_is_missing_runs_in_the_next_wider_one(NumberFormat asked, NumberFormat executed)
    {
        var rates = new FormatRates([new(NumberFormat.Fp32, 1), new(NumberFormat.Fp16, 8), new(NumberFormat.Int8, 16)]);
        Assert.Equal(executed, rates.Executed(asked));
    }

    [Fact]
    public void Nothing_stands_in_for_fp64() =>
        Assert.Null(new FormatRates([new(NumberFormat.Fp32, 1)]).Executed(NumberFormat.Fp64));
}
