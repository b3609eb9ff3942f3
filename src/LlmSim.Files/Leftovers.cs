using System.Diagnostics;
using System.Globalization;

namespace LlmSim.Files;

/// <summary>What processes that were killed while they wrote have left: hidden names beside the final ones, with the process's id in them.</summary>
internal static class Leftovers
{
    private const string Ending = ".partial";

    /// <summary>The hidden name under which this process writes a file or folder.</summary>
    public static string NameFor(string final) => Path.Combine(Path.GetDirectoryName(final)!, $".{Path.GetFileName(final)}.{Environment.ProcessId}{Ending}");

    /// <summary>The final name of what a hidden name beside it stands for; null for any other name.</summary>
    public static string? FinalName(string hidden)
    {
        if (hidden.Length == 0 || hidden[0] != '.' || !hidden.EndsWith(Ending, StringComparison.Ordinal)) return null;
        var name = hidden.AsSpan(1..^Ending.Length);
        var dot = name.LastIndexOf('.');
        return dot > 0 && int.TryParse(name[(dot + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _) ? name[..dot].ToString() : null;
    }

    /// <summary>
    /// Removes what dead processes have left of a file or folder. A folder that had stepped aside for one that never came goes back to its place.
    /// </summary>
    /// <param name="final">The final place.</param>
    public static void Clean(string final)
    {
        var folder = Path.GetDirectoryName(final)!;
        if (!Directory.Exists(folder)) return;
        var start = $".{Path.GetFileName(final)}.";
        foreach (var entry in Directory.EnumerateFileSystemEntries(folder, start + "*").ToList())
        {
            var rest = Path.GetFileName(entry)[start.Length..];
            var aside = rest.EndsWith(Ending + AtomicFolder.Aside, StringComparison.Ordinal);
            if (!aside && !rest.EndsWith(Ending, StringComparison.Ordinal)) continue;
            if (!int.TryParse(rest.AsSpan(0, rest.IndexOf('.', StringComparison.Ordinal)), NumberStyles.None, CultureInfo.InvariantCulture, out var process) || IsAlive(process)) continue;
            if (File.Exists(entry)) File.Delete(entry);
            else if (aside && !Directory.Exists(final)) Directory.Move(entry, final);
            else Directory.Delete(entry, recursive: true);
        }
    }

    private static bool IsAlive(int process)
    {
        try
        {
            using var found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            return false;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // Somebody else's process of that id: it is there.
            return true;
        }
    }
}
