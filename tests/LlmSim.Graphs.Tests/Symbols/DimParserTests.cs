using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Tests.Symbols;

public sealed class DimParserTests
{
    [Theory]
    [InlineData("past_sequence_length + sequence_length", "past_sequence_length + sequence_length")]
    [InlineData("sequence_length + past_sequence_length", "past_sequence_length + sequence_length")]
    [InlineData("s16 + s17", "s16 + s17")]
    [InlineData("4*batch", "4*batch")]
    [InlineData("batch*4", "4*batch")]
    [InlineData("2*s0 + 2*s0", "4*s0")]
    [InlineData("s0**2 - 1", "s0*s0 - 1")]
    [InlineData("(s0 + 1)*(s0 - 1)", "s0*s0 - 1")]
    [InlineData("-1 + s0", "s0 - 1")]
    [InlineData("floor(x/2)", "floor((x)/(2))")]
    [InlineData("floor(x/2 + 1/2)", "floor((x + 1)/(2))")]
    [InlineData("x//2", "floor((x)/(2))")]
    [InlineData("ceiling(x/4)", "ceil((x)/(4))")]
    [InlineData("CeilToInt(IntTrueDiv(x, 4))", "ceil((x)/(4))")]
    [InlineData("FloorDiv(8*x, 4)", "2*x")]
    [InlineData("Mod(x, 3)", "mod(x, 3)")]
    [InlineData("x % 3", "mod(x, 3)")]
    [InlineData("Max(0, s0 + s1)", "s0 + s1")]
    [InlineData("Max(1, s0)", "max(s0, 1)")]
    [InlineData("Min(s0, 7, s1)", "min(s1, min(s0, 7))")]
    [InlineData("12", "12")]
    [InlineData("unk__3", "unk__3")]
    public void Expressions_of_exporters_are_read(string text, string expected) => Assert.Equal(expected, Dim.Parse(text).ToString());

    [Theory]
    [InlineData("seq_len_plus_1")]
    [InlineData("decoder input")]
    [InlineData("a +")]
    [InlineData("max(3")]
    [InlineData("1abc")]
    [InlineData("unknownFunction(a, b)")]
    [InlineData("9999999999999999999999")]
    [InlineData("((((((((((((((((((((((((((((((((((((((((a))))))))))))))))))))))))))))))))))))))))")]
    [InlineData("a/0")]
    public void Other_texts_are_symbols_of_that_name(string text) => Assert.Equal(text, Dim.Parse(text).SymbolName);

    [Fact]
    public void A_text_of_any_length_is_read_in_bounded_time()
    {
        Assert.NotNull(Dim.Parse(new string('(', 100_000)).SymbolName);
        Assert.NotNull(Dim.Parse(new string('-', 500)).SymbolName);
    }
}
