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
        Assert.Equal(["new.txt"], Shown(path));
        Assert.Equal([path], Directory.GetDirectories(_root));
    }

    [Fact]
    public void An_abandoned_folder_leaves_what_was_there()
    {
        var path = Path.Combine(_root, "run");
        Write(path, "old.txt", commit: true);
        Write(path, "new.txt", commit: false);
        Assert.Equal(["old.txt"], Shown(path));
        Assert.Equal([path], Directory.GetDirectories(_root));
    }

    [Fact]
    public void A_folder_that_holds_anything_else_is_refused_and_left_alone()
    {
        var path = Path.Combine(_root, "work");
        Directory.CreateDirectory(Path.Combine(path, "sub"));
        File.WriteAllText(Path.Combine(path, "thesis.txt"), "precious");
        Assert.Contains("was not written here", Assert.Throws<InputException>(() => Write(path, "new.txt", commit: true)).Message, StringComparison.Ordinal);
        Assert.Equal("precious", File.ReadAllText(Path.Combine(path, "thesis.txt")));

        var run = Path.Combine(_root, "run");
        Write(run, "old.txt", commit: true);
        File.WriteAllText(Path.Combine(run, "notes.txt"), "mine");
        Assert.Throws<InputException>(() => Write(run, "new.txt", commit: true));
        Assert.Equal(["notes.txt", "old.txt"], Shown(run));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("/")]
    public void An_empty_path_and_the_root_are_refused(string path) => Assert.Throws<InputException>(() => new AtomicFolder(path));

    private static IEnumerable<string> Shown(string folder) =>
        Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Where(f => f[0] != '.').Order(StringComparer.Ordinal);

    private static void Write(string path, string file, bool commit)
    {
        using var folder = new AtomicFolder(path);
        File.WriteAllText(folder.File(file), file);
        if (commit) folder.Commit();
    }
}
