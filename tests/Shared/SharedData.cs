namespace LlmSim.Tests;

/// <summary>
/// Public data and real graphs that are not part of this repository: the folder that LLMSIM_DATA names, else a folder "shared"
/// beside the checkout.
/// </summary>
internal static class SharedData
{
    /// <summary>The folder, or null where this machine does not have it.</summary>
    public static string? Root { get; } = Find();

    /// <summary>The absolute path of a file or folder in the shared data.</summary>
    public static string Path(string relative) =>
        System.IO.Path.Combine(Root ?? throw new InvalidOperationException("no shared data; use [SharedFact]"), relative);

    private static string? Find()
    {
        var named = Environment.GetEnvironmentVariable("LLMSIM_DATA");
        if (!string.IsNullOrEmpty(named)) return Directory.Exists(named) ? named : null;
        var beside = System.IO.Path.GetFullPath(System.IO.Path.Combine(Repository.Root, "..", "shared"));
        return File.Exists(System.IO.Path.Combine(beside, "design.md")) ? beside : null;
    }
}
