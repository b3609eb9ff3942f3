namespace LlmSim.Files;

/// <summary>
/// A folder that appears whole or not at all: it is filled under a hidden name beside its final place and renamed at the end.
/// Disposed without <see cref="Commit"/> (an error, Ctrl-C), it leaves nothing behind.
/// </summary>
public sealed class AtomicFolder : IDisposable
{
    private readonly string _final;
    private bool _done;

    /// <summary>Begins a folder.</summary>
    /// <param name="path">Its final place. A folder already there is replaced at the end.</param>
    public AtomicFolder(string path)
    {
        _final = System.IO.Path.GetFullPath(path).TrimEnd(System.IO.Path.DirectorySeparatorChar);
        var parent = System.IO.Path.GetDirectoryName(_final) ?? throw new ArgumentException("a folder needs a parent", nameof(path));
        Path = System.IO.Path.Combine(parent, $".{System.IO.Path.GetFileName(_final)}.{Environment.ProcessId}.partial");
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
        // A folder cannot be renamed over another; the old one steps aside first and goes only when the new one stands.
        string? old = null;
        if (Directory.Exists(_final))
        {
            old = Path + ".old";
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
