using System.Globalization;
using System.Text;

namespace LlmSim.Charts.Layout;

/// <summary>Text from anywhere made safe to draw, and its width computed without a font.</summary>
/// <remarks>
/// Implementation note: a renderer without a font still has to know whether two labels collide. The table holds for each ASCII
/// character the larger of the advance widths of Liberation Sans (metrically Arial and Helvetica) and DejaVu Sans, in thousandths
/// of the font size, read from those fonts' hmtx tables; the viewer may have either. So the result is an upper bound in practice.
/// </remarks>
public static class Texts
{
    /// <summary>The fonts that the widths stand for, in order of preference.</summary>
    public const string FontFamily = "Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

    /// <summary>Height of a line of text relative to the font size.</summary>
    public const double LineHeight = 1.25;

    /// <summary>Share of the font size above the baseline that text covers.</summary>
    public const double Ascent = 0.80;

    /// <summary>Share of the font size below the baseline that text covers.</summary>
    public const double Descent = 0.24;

    private static readonly short[] Regular =
    [
        318, 401, 460, 838, 637, 951, 780, 275, 391, 391, 500, 838, 318, 361, 318, 337, 637, 637, 637, 637, 637, 637, 637, 637, 637, 637, 337, 337, 838, 838,
        838, 557, 1016, 685, 687, 723, 771, 667, 611, 778, 752, 295, 500, 667, 558, 863, 749, 788, 667, 788, 723, 667, 611, 732, 685, 989, 686, 667, 686, 391,
        337, 391, 838, 557, 500, 613, 635, 550, 635, 616, 353, 635, 634, 278, 278, 580, 278, 975, 634, 612, 635, 635, 412, 521, 393, 634, 592, 818, 592, 592,
        525, 637, 337, 637, 838,
    ];

    private static readonly short[] Bold =
    [
        349, 457, 521, 838, 696, 1002, 873, 307, 458, 458, 523, 838, 380, 416, 380, 366, 696, 696, 696, 696, 696, 696, 696, 696, 696, 696, 400, 400, 838, 838,
        838, 611, 1000, 774, 763, 734, 831, 684, 684, 821, 837, 373, 557, 775, 638, 996, 837, 851, 733, 851, 771, 721, 683, 813, 774, 1104, 771, 725, 726, 458,
        366, 458, 838, 557, 500, 675, 716, 593, 716, 679, 436, 716, 712, 343, 343, 666, 343, 1042, 712, 688, 716, 716, 494, 596, 479, 712, 652, 924, 646, 652,
        583, 712, 366, 712, 838,
    ];

    /// <summary>Width of a text in pixels, an upper bound for the fonts named above.</summary>
    /// <param name="text">One line.</param>
    /// <param name="size">Font size in pixels.</param>
    /// <param name="bold">In bold type.</param>
    public static double Width(string text, double size, bool bold = false)
    {
        double sum = 0;
        foreach (var rune in text.EnumerateRunes()) sum += Advance(rune, bold);
        return sum * size / 1000;
    }

    /// <summary>The text, or as much of its beginning and end as fits, with an ellipsis between: names differ at both ends.</summary>
    /// <param name="text">One line.</param>
    /// <param name="size">Font size in pixels.</param>
    /// <param name="width">Room in pixels.</param>
    /// <param name="bold">In bold type.</param>
    public static string Fit(string text, double size, double width, bool bold = false)
    {
        // A hostile name may have a million characters; no line shows more than a thousand.
        if (text.Length > 1000) text = string.Concat(text.AsSpan(0, 500), "…", text.AsSpan(text.Length - 499));
        if (Width(text, size, bold) <= width) return text;
        var runes = text.EnumerateRunes().ToArray();
        var advances = Array.ConvertAll(runes, r => Advance(r, bold) * size / 1000);
        var room = width - Width("…", size, bold);
        var (head, tail) = (0, 0);
        while (head + tail < runes.Length)
        {
            var fromHead = head <= 2 * tail;
            var next = fromHead ? advances[head] : advances[runes.Length - 1 - tail];
            if (next > room) break;
            room -= next;
            if (fromHead) head++;
            else tail++;
        }

        if (head == 0) return "";
        var builder = new StringBuilder();
        for (var i = 0; i < head; i++) builder.Append(runes[i].ToString());
        builder.Append('…');
        for (var i = runes.Length - tail; i < runes.Length; i++) builder.Append(runes[i].ToString());
        return builder.ToString();
    }

    /// <summary>The text in at most so many lines, broken at spaces; the last is cut with an ellipsis where it is too long.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="size">Font size in pixels.</param>
    /// <param name="width">Room in pixels.</param>
    /// <param name="mostLines">At least 1.</param>
    /// <param name="bold">In bold type.</param>
    public static IReadOnlyList<string> Wrap(string text, double size, double width, int mostLines, bool bold = false)
    {
        var lines = new List<string>();
        var rest = text.Length > 4000 ? text[..4000] : text;
        while (rest.Length > 0 && lines.Count < mostLines - 1 && Width(rest, size, bold) > width)
        {
            var cut = -1;
            for (var i = rest.IndexOf(' ', StringComparison.Ordinal); i > 0; i = rest.IndexOf(' ', i + 1))
            {
                if (Width(rest[..i], size, bold) > width) break;
                cut = i;
            }

            if (cut < 0) break;
            lines.Add(rest[..cut]);
            rest = rest[(cut + 1)..];
        }

        if (rest.Length > 0) lines.Add(Fit(rest, size, width, bold));
        return lines;
    }

    /// <summary>The text on one line without characters that XML forbids, that break lines, or that turn the direction of what follows.</summary>
    public static string Clean(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        var builder = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            var value = rune.Value;
            if (value is '\t' or '\n' or '\r') builder.Append(' ');
            else if (value < 0x20 || value is >= 0x7F and < 0xA0 or >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 or 0x200E or 0x200F or 0xFFFE or 0xFFFF or 0x2028 or 0x2029)
                builder.Append('\uFFFD');
            else builder.Append(rune.ToString());
        }

        return builder.ToString();
    }

    private static double Advance(Rune rune, bool bold)
    {
        var value = rune.Value;
        if (value is >= 32 and < 127) return (bold ? Bold : Regular)[value - 32];
        // Wide scripts and pictographs take a whole em and more; accents that combine take none, but are charged a little.
        var category = Rune.GetUnicodeCategory(rune);
        if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark) return 100;
        return value switch
        {
            0x00A0 or 0x00B7 => 400, // no-break space, middle dot
            < 0x250 => bold ? 900 : 800, // Latin with accents: measured at most 1070, mean 613
            < 0x590 => bold ? 1000 : 850, // Greek, Cyrillic
            0x2013 => 600, // en dash
            < 0x2E80 => 1100,
            < 0x10000 => 1150,
            _ => 1450,
        };
    }
}
