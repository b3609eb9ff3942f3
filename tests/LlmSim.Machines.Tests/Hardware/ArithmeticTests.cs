using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;

namespace LlmSim.Machines.Tests.Hardware;

public sealed class ArithmeticTests
{
    private static readonly FormatRates s_matrix = new([new(NumberFormat.Fp16, 8), new(NumberFormat.Int8, 16)]);
    private static readonly FormatRates s_vector = new([new(NumberFormat.Fp32, 1)]);

    [Theory]
    [InlineData(NumberFormat.Fp16, NumberFormat.Fp16, 8)]
    [InlineData(NumberFormat.Bf16, NumberFormat.Fp16, 8)]
    [InlineData(NumberFormat.Fp8, NumberFormat.Fp16, 8)]
    [InlineData(NumberFormat.Fp4, NumberFormat.Fp16, 8)]
    [InlineData(NumberFormat.Int4, NumberFormat.Int8, 16)]
    [InlineData(NumberFormat.Int8, NumberFormat.Int8, 16)]
    [InlineData(NumberFormat.Fp32, NumberFormat.Fp32, 1)]
    public void A_format_that_is_missing_runs_in_the_next_wider_one(NumberFormat asked, NumberFormat executed, double rate) =>
        Assert.Equal((executed, rate), Arithmetic.Rate(asked, s_matrix, s_vector));

    [Fact]
    public void What_no_unit_is_wide_enough_for_runs_in_the_widest_there_is() =>
        Assert.Equal((NumberFormat.Fp16, 8.0), Arithmetic.Rate(NumberFormat.Fp32, s_matrix, FormatRates.None));

    [Theory]
    [InlineData(NumberFormat.Fp16, NumberFormat.Int4, NumberFormat.Fp16)]
    [InlineData(NumberFormat.Fp8, NumberFormat.Fp16, NumberFormat.Fp16)]
    [InlineData(NumberFormat.Int8, NumberFormat.Int8, NumberFormat.Int8)]
    [InlineData(NumberFormat.Int8, NumberFormat.Int4, NumberFormat.Int8)]
    [InlineData(NumberFormat.Bf16, NumberFormat.Fp16, NumberFormat.Bf16)]
    public void A_product_is_computed_in_the_wider_of_its_operands(NumberFormat first, NumberFormat second, NumberFormat expected) =>
        Assert.Equal(expected, Arithmetic.Of(first, second));
}
