namespace LlmSim.Files;

/// <summary>Which exceptions say that a file could not be written, not that the program is wrong.</summary>
public static class WriteProblem
{
    /// <summary>
    /// Whether it is the disk, the permissions or the system that refused. The framework calls a file that grows beyond what the system allows (EFBIG)
    /// an argument out of range.
    /// </summary>
    public static bool Is(Exception problem) =>
        problem is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException { ParamName: "value", Source: "System.Private.CoreLib" };
}
