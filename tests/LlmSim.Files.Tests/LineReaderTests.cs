using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace LlmSim.Files.Tests;

public sealed class LineReaderTests
{
    [Fact]
    public void Lines_are_those_of_a_string_reader() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(Gen.Elements("a", "bc", "\n", "\r\n", "", ",", "ä").ListOf().Select(parts => string.Concat(parts))),
        text =>
        {
            using var plain = new StringReader(text);
            using var reader = Of(text, 10_000);
            while (plain.ReadLine() is { } line) Assert.Equal(line, reader.Next());
            Assert.Null(reader.Next());
        }));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(5000)]
    public void A_line_of_the_longest_length_is_read_and_a_longer_one_named(int longest)
    {
        using var fits = Of("x\n" + new string('y', longest) + "\n", longest);
        Assert.Equal(("x", longest), (fits.Next(), fits.Next()!.Length));
        using var reader = Of("x\n" + new string('y', longest + 1), longest);
        reader.Next();
        var error = Assert.Throws<InputException>(reader.Next).Errors.Items.Single();
        Assert.Equal(("table.csv", 2), (error.File, error.Line));
        Assert.Contains($"longer than {longest} characters", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void An_endless_line_ends_the_reading()
    {
        using var reader = new LineReader("/dev/zero", new Endless(), 1 << 16);
        Assert.Throws<InputException>(reader.Next);
    }

    private static LineReader Of(string text, int longest) => new("table.csv", new MemoryStream(Encoding.UTF8.GetBytes(text)), longest);

    private sealed class Endless : MemoryStream
    {
        public override int Read(byte[] buffer, int offset, int count)
        {
            buffer.AsSpan(offset, count).Fill((byte)'0');
            return count;
        }

        public override int Read(Span<byte> buffer)
        {
            buffer.Fill((byte)'0');
            return buffer.Length;
        }
    }
}
