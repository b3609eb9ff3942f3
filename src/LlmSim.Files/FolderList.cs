namespace LlmSim.Files;

/// <summary>The hidden file in a folder that lists what was written there, one relative path a line: what it does not name is somebody else's.</summary>
internal static class FolderList
{
    /// <summary>The paths that a folder's list names; none where there is no list.</summary>
    public static IReadOnlySet<string> Read(string folder, string listName)
    {
        var list = Path.Combine(folder, listName);
        return File.Exists(list) ? File.ReadAllLines(list).ToHashSet(StringComparer.Ordinal) : [];
    }

    /// <summary>The first thing at a place that its list does not name; null when there is nothing to lose.</summary>
    public static string? ForeignEntry(string folder, string listName)
    {
        if (File.Exists(folder)) return "a file of that name";
        if (!Directory.Exists(folder)) return null;
        var known = Read(folder, listName);
        return Entries(folder).FirstOrDefault(entry => entry != listName && !known.Contains(entry) && !(Leftovers.FinalName(entry) is { } final && (final == listName || known.Contains(final))));
    }

    /// <summary>All files and folders below a folder, relative to it.</summary>
    public static IEnumerable<string> Entries(string folder) =>
        Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Select(e => Path.GetRelativePath(folder, e));

    /// <summary>The error of a folder that holds something else.</summary>
    public static InputException Refusal(string path, string problem) => new(new InputError(path, 0, "", problem, "choose a new or an empty folder; nothing was changed"));
}
