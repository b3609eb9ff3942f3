namespace LlmSim.Files;

/// <summary>
/// A folder that appears whole or not at all: it is filled under a hidden name beside its final place and renamed at the end.
/// Disposed without <see cref="Commit"/> (an error, Ctrl-C), it leaves nothing behind.
/// </summary>
/// <remarks>
/// It replaces only what it wrote itself: a hidden list of its files tells, and a folder that holds anything else is refused before any work is done.
/// </remarks>
public sealed class AtomicFolder : IDisposable
{
    /// <summary>The hidden file that lists what was written, one relative path a line.</summary>
    public const string ListName = ".llmsim-files";

    /// <summary>Added to the name of a folder that stepped aside for its successor.</summary>
    internal const string Aside = ".old";

    private readonly string _final;
    private bool _done;

    /// <summary>Begins a folder.</summary>
    /// <param name="path">Its final place. A folder that was written by this class before is replaced at the end.</param>
    /// <exception cref="InputException">The path is empty, a link or a file, or a folder that holds something else.</exception>
    public AtomicFolder(string path)
    {
        if (string.IsNullOrWhiteSpace(path)) throw new InputException(new InputError("--out", 0, "", "is empty", "name a folder"));
        _final = System.IO.Path.TrimEndingDirectorySeparator(System.IO.Path.GetFullPath(path));
        var parent = System.IO.Path.GetDirectoryName(_final);
        if (parent is null) throw FolderList.Refusal(path, "is the root folder");
        Leftovers.Clean(_final);
        // A link is not renamed over: what it leads to would stay behind.
        var foreign = new DirectoryInfo(_final).LinkTarget is not null ? "a link to another folder" : FolderList.ForeignEntry(_final, ListName);
        if (foreign is not null) throw FolderList.Refusal(path, $"holds something that was not written here: {foreign}");
        Path = Leftovers.NameFor(_final);
        if (Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
        Directory.CreateDirectory(Path);
    }

    /// <summary>Where to write until <see cref="Commit"/>.</summary>
    public string Path { get; }

    /// <summary>A file inside.</summary>
    public string File(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>Moves the folder to its final place.</summary>
    public void Commit()
    {
        System.IO.File.WriteAllLines(File(ListName), FolderList.Entries(Path).Order(StringComparer.Ordinal));
        // A folder cannot be renamed over another; the old one steps aside first and goes only when the new one stands.
        string? old = null;
        if (Directory.Exists(_final))
        {
            old = Path + Aside;
            if (Directory.Exists(old)) Directory.Delete(old, recursive: true);
            Directory.Move(_final, old);
        }

        Directory.Move(Path, _final);
        _done = true;
        if (old is not null) Directory.Delete(old, recursive: true);
    }

    /// <summary>Removes what was written unless it was committed.</summary>
    public void Dispose()
    {
        if (!_done && Directory.Exists(Path)) Directory.Delete(Path, recursive: true);
    }
}
