using LlmSim.Files;

namespace LlmSim.Files.Tests;

public sealed class GrowingFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void It_is_taken_up_again_with_what_it_announced_and_what_a_killed_writer_left()
    {
        var path = Path.Combine(_root, "study");
        var folder = new GrowingFolder(path, ["a.db"]);
        folder.Expect(["b.svg"]);
        foreach (var name in new[] { "a.db", "b.svg", ".b.svg.123.partial", $".{GrowingFolder.ListName}.7.partial" }) File.WriteAllText(folder.File(name), name);
        Assert.Equal("b.svg", File.ReadAllText(new GrowingFolder(path, ["a.db"]).File("b.svg")));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData(".notes.txt.12.partial")]
    [InlineData(".a.db.partial")]
    [InlineData("sub/a.db")]
    public void What_was_not_announced_is_refused_and_left_alone(string name)
    {
        var path = Path.Combine(_root, "study");
        var folder = new GrowingFolder(path, ["a.db"]);
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllText(folder.File(name), "mine");
        Assert.Contains("was not written here", Assert.Throws<InputException>(() => new GrowingFolder(path, ["a.db", "notes.txt"])).Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(folder.File(name)));
    }

    [Fact]
    public void Neither_kind_of_folder_takes_the_other_one()
    {
        var (whole, growing) = (Path.Combine(_root, "whole"), Path.Combine(_root, "growing"));
        using (var folder = new AtomicFolder(whole))
        {
            File.WriteAllText(folder.File("a"), "a");
            folder.Commit();
        }

        File.WriteAllText(new GrowingFolder(growing, ["a"]).File("a"), "a");
        Assert.Throws<InputException>(() => new GrowingFolder(whole, ["a"]));
        Assert.Throws<InputException>(() => new AtomicFolder(growing));
        Assert.Throws<InputException>(() => new GrowingFolder(" ", ["a"]));
        Assert.Throws<InputException>(() => new GrowingFolder(Path.Combine(whole, "a"), ["a"]));
    }
}
