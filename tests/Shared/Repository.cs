namespace LlmSim.Tests;

/// <summary>Where this repository lies on disk, found upwards from the test assembly.</summary>
internal static class Repository
{
    /// <summary>The folder that holds LlmSim.sln.</summary>
    public static string Root { get; } = Find();

    /// <summary>The absolute path of a file or folder of the repository.</summary>
    public static string Path(string relative) => System.IO.Path.Combine(Root, relative);

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(System.IO.Path.Combine(folder.FullName, "LlmSim.sln"))) return folder.FullName;
        throw new InvalidOperationException("LlmSim.sln not found above " + AppContext.BaseDirectory);
    }
}
