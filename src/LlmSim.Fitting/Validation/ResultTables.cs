using LlmSim.Files;

namespace LlmSim.Fitting.Validation;

/// <summary>The part of a Markdown document that holds generated tables: between the comments <c>&lt;!-- results --&gt;</c> and <c>&lt;!-- /results --&gt;</c>.</summary>
public static class ResultTables
{
    private const string Begin = "<!-- results -->", End = "<!-- /results -->";

    /// <summary>Reports a document that is not there or lacks the comments.</summary>
    public static void Check(string path, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(errors);
        if (!File.Exists(path)) errors.Add(path, 0, "", "is not there");
        else if (Place(File.ReadAllText(path)) is null) errors.Add(path, 0, "", $"holds no {Begin} followed by {End}", "put both on lines of their own");
    }

    /// <summary>Replaces the tables in a document; everything around them stays.</summary>
    /// <param name="path">The document.</param>
    /// <param name="tables">Tables, each below its heading "### name".</param>
    /// <param name="partly">Whether tables under other headings stay; one that was not there comes last.</param>
    /// <exception cref="InputException">The document is not there, or lacks the comments.</exception>
    public static void Replace(string path, string tables, bool partly = false)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var errors = new InputErrors();
        Check(path, errors);
        errors.ThrowIfAny();
        var text = File.ReadAllText(path);
        var (from, to) = Place(text)!.Value;
        var written = partly ? Merged(text[from..to], tables) : tables.Trim();
        AtomicFile.WriteText(path, $"{text[..from]}\n\n{written}\n\n{text[to..]}");
    }

    private static string Merged(string known, string tables)
    {
        var sections = Sections(known);
        foreach (var section in Sections(tables))
        {
            var place = sections.FindIndex(s => Heading(s) == Heading(section));
            if (place < 0) sections.Add(section);
            else sections[place] = section;
        }

        return string.Join("\n\n", sections);
    }

    private static List<string> Sections(string text)
    {
        const string Start = "\n### ";
        var parts = ("\n" + text.Trim()).Split(Start, StringSplitOptions.RemoveEmptyEntries);
        return [.. parts.Select(p => "### " + p.Trim())];
    }

    private static string Heading(string section) => section.Split('\n')[0];

    private static (int From, int To)? Place(string text)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        return end < 0 ? null : (begin + Begin.Length, end);
    }
}
