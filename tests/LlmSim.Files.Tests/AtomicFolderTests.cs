using LlmSim.Files;

namespace LlmSim.Files.Tests;

public sealed class AtomicFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_committed_folder_replaces_the_old_one_whole()
    {
        var path = Path.Combine(_root, "run");
        Write(path, "old.txt", commit: true);
        Write(path, "new.txt", commit: true);
        Assert.Equal(["new.txt"], Directory.GetFiles(path).Select(Path.GetFileName));
        Assert.Equal([path], Directory.GetDirectories(_root));
    }

    [Fact]
    public void An_abandoned_folder_leaves_what_was_there()
    {
        var path = Path.Combine(_root, "run");
        Write(path, "old.txt", commit: true);
        Write(path, "new.txt", commit: false);
        Assert.Equal(["old.txt"], Directory.GetFiles(path).Select(Path.GetFileName));
        Assert.Equal([path], Directory.GetDirectories(_root));
    }

    private static void Write(string path, string file, bool commit)
    {
        using var folder = new AtomicFolder(path);
        File.WriteAllText(folder.File(file), file);
        if (commit) folder.Commit();
    }
}
