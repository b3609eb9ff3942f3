namespace LlmSim.Files.Tests;

/// <summary>What a process that was killed while it wrote has left goes at the next write.</summary>
public sealed class LeftoversTests : IDisposable
{
    // No system gives ids this high.
    private const int Dead = int.MaxValue - 7;

    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Make(string name, bool folder)
    {
        var path = Path.Combine(_folder, name);
        if (folder) File.WriteAllText(Path.Combine(Directory.CreateDirectory(path).FullName, "half.csv"), "a,b");
        else File.WriteAllText(path, "half");
        return path;
    }

    [Fact]
    public void Of_dead_processes_it_goes_and_of_living_ones_it_stays()
    {
        var dead = Make($".run.{Dead}.partial", folder: true);
        var deadFile = Make($".points.csv.{Dead}.partial", folder: false);
        var living = Make($".run.{Environment.ProcessId}.partial", folder: true);
        var another = Make($".run-2.{Dead}.partial", folder: true);
        var foreign = Make(".run.notes.partial", folder: false);
        Leftovers.Clean(Path.Combine(_folder, "run"));
        Assert.False(Directory.Exists(dead));
        Assert.True(Directory.Exists(living) && Directory.Exists(another) && File.Exists(foreign) && File.Exists(deadFile));
        AtomicFile.WriteText(Path.Combine(_folder, "points.csv"), "whole");
        Assert.False(File.Exists(deadFile));
    }

    [Fact]
    public void A_folder_that_had_stepped_aside_for_one_that_never_came_is_back()
    {
        Make($".run.{Dead}.partial.old", folder: true);
        Make($".run.{Dead}.partial", folder: true);
        Leftovers.Clean(Path.Combine(_folder, "run"));
        Assert.Equal([Path.Combine(_folder, "run")], Directory.GetFileSystemEntries(_folder));
        Make($".run.{Dead}.partial.old", folder: true);
        Leftovers.Clean(Path.Combine(_folder, "run"));
        Assert.Equal([Path.Combine(_folder, "run")], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void The_next_run_into_the_folder_cleans_up()
    {
        var dead = Make($".run.{Dead}.partial", folder: true);
        using (var folder = new AtomicFolder(Path.Combine(_folder, "run")))
        {
            File.WriteAllText(folder.File("a"), "a");
            folder.Commit();
        }

        Assert.False(Directory.Exists(dead));
        Assert.Equal([Path.Combine(_folder, "run")], Directory.GetFileSystemEntries(_folder));
    }
}
