namespace LlmSim.Files;

/// <summary>
/// A folder whose files are written one by one and that is taken up again later, as a study's is. It replaces only what it wrote itself: a hidden list names its
/// files before they are written, so that they are known again wherever the process ends; a folder that holds anything else is refused before any work is done.
/// </summary>
/// <remarks>Its list is another than that of <see cref="AtomicFolder"/>: neither replaces what the other wrote.</remarks>
public sealed class GrowingFolder
{
    /// <summary>The hidden file that lists what was or is to be written, one name a line.</summary>
    public const string ListName = ".llmsim-study";

    /// <summary>Begins a folder or takes one up again.</summary>
    /// <param name="path">Its place.</param>
    /// <param name="names">Files that will be written there.</param>
    /// <exception cref="InputException">The path is empty or a file, or a folder that holds something else.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written.</exception>
    public GrowingFolder(string path, IEnumerable<string> names)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new InputException(new InputError("--out", 0, "", "is empty", "name a folder"));
        Path = System.IO.Path.GetFullPath(path);
        if (FolderList.ForeignEntry(Path, ListName) is { } entry) throw FolderList.Refusal(path, $"holds something that was not written here: {entry}");
        Expect(names);
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>A file inside.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Adds names to the list; to be called before the files are written.</summary>
    public void Expect(IEnumerable<string> names)
    {
        var known = FolderList.Read(Path, ListName);
        List<string> all = [.. known.Union(names).Order(StringComparer.Ordinal)];
        if (all.Count > known.Count || known.Count == 0) AtomicFile.WriteText(File(ListName), string.Concat(all.Select(n => n + "\n")));
    }
}
