using System.Globalization;
using FsCheck;
using FsCheck.Fluent;
using LlmSim.Cli.Commands;
using LlmSim.Cli.Output;
using Spectre.Console;

namespace LlmSim.Cli.Tests.Output;

/// <summary>Tables read well at any width of the terminal: lines fit, and no value is broken.</summary>
public sealed class SheetTests
{
    [Theory]
    [InlineData(80)]
    [InlineData(120)]
    [InlineData(200)]
    public void The_catalogues_read_well(int width)
    {
        foreach (var (sheet, values) in new[]
        {
            (HardwareCommand.Devices(), new[] { "h100-80gb-sxm", "1.56 T", "fitted", "unfitted" }),
            (ModelsCommand.Models(), new[] { "llama-2-7b", "163,840", "6.74 G", "context" }),
        })
        {
            var lines = Drawn(sheet, width);
            Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= width, l));
            foreach (var value in values) Assert.Contains(lines, l => l.Split("  ").Any(c => c.Trim() == value));
            // Heads are at most three lines high, and where there is room they are one.
            Assert.True(Array.FindIndex(lines, l => l.Contains('─', StringComparison.Ordinal)) is var head && head <= (width >= 120 ? 2 : 4), string.Join("\n", lines.Take(6)));
        }
    }

    [Fact]
    public void Texts_are_wrapped_between_words()
    {
        var sheet = new Sheet("name", "what it does");
        sheet.Add("a-policy", string.Join(' ', Enumerable.Range(1, 40).Select(i => i.ToString("word0", CultureInfo.InvariantCulture))));
        var lines = Drawn(sheet, 60);
        Assert.All(lines, l => Assert.True(l.TrimEnd().Length <= 60, l));
        Assert.Equal(40, lines.SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Count(w => w.StartsWith("word", StringComparison.Ordinal)));
    }

    [Fact]
    public void Every_column_has_its_place_and_every_block_its_keys() => Check.One(Config.QuickThrowOnFailure, Prop.ForAll(
        Arb.From(
            from count in Gen.Choose(1, 14)
            from heads in Gen.Elements("name", "KV cache (B)", "tokens/s\nper user", "a rather long head of several words").ArrayOf(count)
            from values in Gen.Choose(0, 40).ArrayOf(count)
            from texts in Gen.Elements(true, false).ArrayOf(count)
            from keys in Gen.Choose(0, Math.Min(2, count - 1))
            from room in Gen.Choose(20, 220)
            select (heads, values, texts, keys, room)),
        q =>
        {
            var blocks = SheetLayout.Blocks(q.heads, q.values, q.texts, q.keys, q.room);
            Assert.Equal(Enumerable.Range(0, q.heads.Length), blocks.SelectMany(b => b.Select(c => c.Place)).Distinct().Order());
            foreach (var block in blocks)
            {
                // What does not fit though it stands alone behind the keys cannot be helped.
                if (SheetLayout.Width(block) > q.room) Assert.True(block.Count <= q.keys + 1);
                Assert.All(block, c => Assert.True(c.Wraps ? q.texts[c.Place] : c.Width >= q.values[c.Place]));
                // Keys that are repeated at all are repeated in every block.
                if (blocks.Count > 1) Assert.Equal(blocks[0].Select(c => c.Place).Intersect(blocks[^1].Select(c => c.Place)), block.Select(c => c.Place).Where(p => p < q.keys && blocks[0].Exists(c => c.Place == p) && blocks[^1].Exists(c => c.Place == p)));
            }

            // A table that has room stays as it is.
            if (blocks.Count == 1 && SheetLayout.Width(q.heads.Select((h, c) => new SheetColumn(c, h, Math.Max(q.values[c], h.Split('\n').Max(l => l.Length))))) <= q.room)
                Assert.Equal(q.heads, blocks[0].Select(c => c.Head));
        }));

    private static string[] Drawn(Sheet sheet, int width)
    {
        using var output = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, Interactive = InteractionSupport.No });
        console.Profile.Width = width;
        sheet.WriteTable(console, width);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
