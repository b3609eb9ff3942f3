using Spectre.Console.Rendering;

namespace LlmSim.Cli.Output;

/// <summary>A column as it is drawn.</summary>
/// <param name="Place">Which of the table's columns.</param>
/// <param name="Head">Its head, perhaps in several lines.</param>
/// <param name="Width">Its width in characters.</param>
/// <param name="Wraps">Whether its texts are wrapped to that width.</param>
internal readonly record struct SheetColumn(int Place, string Head, int Width, bool Wraps = false);

/// <summary>
/// How a table finds room on a terminal: heads are broken between words, then the widest text is wrapped, and columns that still have no room stand in a
/// further block of rows, each row named again by its first columns. No value is ever broken.
/// </summary>
internal static class SheetLayout
{
    /// <summary>Text is not wrapped narrower.</summary>
    private const int LeastText = 24;

    /// <summary>Blocks of columns that fit.</summary>
    /// <param name="heads">Heads of the columns.</param>
    /// <param name="values">The widest value of each.</param>
    /// <param name="isText">Whether a column holds text, which may be wrapped.</param>
    /// <param name="keys">Leading columns that name a row.</param>
    /// <param name="room">Characters in a line.</param>
    public static List<List<SheetColumn>> Blocks(IReadOnlyList<string> heads, IReadOnlyList<int> values, IReadOnlyList<bool> isText, int keys, int room)
    {
        SheetColumn Column(int c, string head) => new(c, head, Math.Max(values[c], HeadWidth(head)));
        List<SheetColumn> all = [.. heads.Select((h, c) => Column(c, h))];
        if (Width(all) > room) all = [.. heads.Select((h, c) => Column(c, Broken(h, values[c])))];
        if (Width(all) is var wide && wide > room)
        {
            var widest = all.Where(c => isText[c.Place] && values[c.Place] > LeastText).OrderByDescending(c => c.Width).Select(c => c.Place).FirstOrDefault(-1);
            if (widest >= 0) all[widest] = all[widest] with { Width = Math.Max(LeastText, all[widest].Width - (wide - room)), Wraps = true };
        }

        if (Width(all) <= room) return [all];
        // Names that take most of the line leave no room for what they name.
        while (keys > 0 && Width(all.Take(keys)) > 2 * room / 3) keys--;
        var named = all.Take(keys).ToList();
        var blocks = new List<List<SheetColumn>>();
        foreach (var column in all.Skip(keys))
        {
            if (blocks.Count == 0 || Width(blocks[^1].Append(column)) > room && blocks[^1].Count > keys) blocks.Add([.. named]);
            blocks[^1].Add(column);
        }

        return blocks;
    }

    /// <summary>Characters that a text takes on a terminal.</summary>
    public static int TextWidth(string text) => new Segment(text).CellCount();

    /// <summary>Characters of a line: two between columns, and those at its ends.</summary>
    public static int Width(IEnumerable<SheetColumn> columns) => 1 + columns.Sum(c => c.Width + 2);

    private static int HeadWidth(string head) => head.Split('\n').Max(TextWidth);

    /// <summary>A head broken between words into lines no wider than the values below it, or than its longest word.</summary>
    private static string Broken(string head, int values)
    {
        var words = head.Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        if (words.Length == 0) return head;
        var most = Math.Max(values, words.Max(TextWidth));
        var text = words[0];
        var line = TextWidth(words[0]);
        foreach (var word in words.Skip(1))
        {
            var fits = line + 1 + TextWidth(word) <= most;
            text += (fits ? ' ' : '\n') + word;
            line = TextWidth(word) + (fits ? line + 1 : 0);
        }

        return text;
    }
}
