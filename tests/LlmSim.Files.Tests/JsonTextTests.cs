using System.Text;
using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Files.Tests;

public class JsonTextTests
{
    [Fact]
    public void Comments_and_trailing_commas_are_allowed_and_lines_are_counted()
    {
        var errors = new InputErrors();
        var value = Parse("{ // a comment\n  \"a\": 1,\n  \"b\": [true, null,],\n}", errors);
        Assert.False(errors.Any);
        Assert.Equal(2, value!.Member("a")!.Line);
        Assert.Equal("b[1]", value.Member("b")!.Items[1].Path);
        Assert.Equal(JsonValueKind.Null, value.Member("b")!.Items[1].Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\": NaN}")]
    [InlineData("[1, 2")]
    [InlineData("\"\\ud800\"")]
    public void Broken_text_is_one_error_with_its_line(string text)
    {
        var errors = new InputErrors();
        Parse(text, errors);
        var error = Assert.Single(errors.Items);
        Assert.Equal(1, error.Line);
    }

    [Fact]
    public void Depth_is_bounded()
    {
        var errors = new InputErrors();
        Assert.Null(Parse(new string('[', 100_000), errors));
        Assert.True(errors.Any);
    }

    [Fact]
    public void A_member_given_twice_is_an_error()
    {
        var errors = new InputErrors();
        Parse("{\"a\": 1,\n\"a\": 2}", errors);
        Assert.Equal("test.json:2: a: is given twice; remove one of them", Assert.Single(errors.Items).ToString());
    }

    [Fact]
    public void Any_bytes_end_in_a_value_or_in_errors()
    {
        var random = new Random(7);
        var seed = Encoding.UTF8.GetBytes("{\"a\": [1, 2.5e3, {\"b\": \"text\\n\"}], // x\n \"c\": false}");
        for (var i = 0; i < 5000; i++)
        {
            var bytes = (byte[])seed.Clone();
            for (var k = random.Next(1, 6); k > 0; k--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var errors = new InputErrors();
            var value = JsonText.Parse("fuzz.json", bytes.AsSpan(0, random.Next(bytes.Length + 1)), errors);
            Assert.True(value is not null || errors.Any);
        }
    }

    private static JsonValue? Parse(string text, InputErrors errors) => JsonText.Parse("test.json", Encoding.UTF8.GetBytes(text), errors);
}
