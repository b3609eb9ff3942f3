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
    /// <exception cref="InputException">The document is not there, or lacks the comments.</exception>
    public static void Replace(string path, string tables)
    {
        ArgumentNullException.ThrowIfNull(tables);
        var errors = new InputErrors();
        Check(path, errors);
        errors.ThrowIfAny();
        var text = File.ReadAllText(path);
        var (from, to) = Place(text)!.Value;
        AtomicFile.WriteText(path, $"{text[..from]}\n\n{tables.Trim()}\n\n{text[to..]}");
    }

    private static (int From, int To)? Place(string text)
    {
        var begin = text.IndexOf(Begin, StringComparison.Ordinal);
        var end = begin < 0 ? -1 : text.IndexOf(End, begin, StringComparison.Ordinal);
        return end < 0 ? null : (begin + Begin.Length, end);
    }
}
