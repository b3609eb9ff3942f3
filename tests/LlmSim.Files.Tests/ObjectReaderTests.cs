using System.Text;
using LlmSim.Files;

namespace LlmSim.Files.Tests;

public class ObjectReaderTests
{
    [Fact]
    public void Every_error_is_reported_at_once_with_line_member_value_and_remedy()
    {
        var errors = new InputErrors();
        var text = """
            {
              "rate": -1,
              "count": 2.5,
              "policy": "vlm-v1",
              "polcy": 3,
              "inner": { "x": "ten" }
            }
            """;
        var reader = new ObjectReader(JsonText.Parse("s.json", Encoding.UTF8.GetBytes(text), errors)!, errors);
        reader.Number("rate", 0, double.MaxValue);
        reader.Integer("count", 1, 100);
        reader.Choice("policy", ["vllm-v0", "vllm-v1", "orca"]);
        reader.Text("name");
        var inner = reader.Object("inner")!;
        inner.Number("x", 0, 1);
        inner.Finish();
        reader.Finish();

        Assert.Equal(
            [
                "s.json:2: rate: -1 is out of range; write a number at least 0",
                "s.json:3: count: 2.5 is not a whole number",
                "s.json:4: policy: \"vlm-v1\" is not known; did you mean vllm-v1, vllm-v0?",
                "s.json:1: name: is missing",
                "s.json:6: inner.x: \"ten\" is not a number",
                "s.json:5: polcy: is not a known member; did you mean policy?",
            ],
            errors.Items.Select(e => e.ToString()));
    }

    [Fact]
    public void A_missing_member_takes_its_fallback()
    {
        var errors = new InputErrors();
        var reader = new ObjectReader(JsonText.Parse("s.json", "{}"u8, errors)!, errors);
        Assert.Equal(4, reader.Number("rate", 0, 10, 4));
        Assert.Equal("x", reader.Text("name", "x"));
        Assert.True(reader.Flag("on", true));
        Assert.Empty(reader.List("items"));
        Assert.False(errors.Any);
    }

    [Fact]
    public void Infinity_and_huge_integers_are_out_of_range()
    {
        var errors = new InputErrors();
        var reader = new ObjectReader(JsonText.Parse("s.json", "{\"a\": 1e400, \"b\": 1e30}"u8, errors)!, errors);
        reader.Number("a", 0, double.MaxValue);
        reader.Integer("b", 0, int.MaxValue);
        Assert.Equal(2, errors.Count);
    }
}
