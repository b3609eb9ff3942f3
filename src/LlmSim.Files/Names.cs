namespace LlmSim.Files;

/// <summary>Helps people who mistyped a name.</summary>
public static class Names
{
    // More than these nobody compares at a glance.
    private const int Most = 3;

    /// <summary>The known names nearest to what was written, best first; empty when none is near.</summary>
    /// <param name="written">What the user wrote.</param>
    /// <param name="known">What exists.</param>
    public static IReadOnlyList<string> Nearest(string written, IEnumerable<string> known)
    {
        // Long input is no typing error, and the distance is quadratic.
        if (written.Length is 0 or > 100) return [];
        var limit = Math.Max(2, written.Length / 3);
        return known
            .Select(name => (name, distance: Distance(written, name)))
            .Where(c => c.distance <= limit || c.name.Contains(written, StringComparison.OrdinalIgnoreCase))
            .OrderBy(c => c.distance).ThenBy(c => c.name, StringComparer.Ordinal)
            .Take(Most).Select(c => c.name).ToList();
    }

    /// <summary>A remedy that names what may be written: the nearest names, or all of them when they are few.</summary>
    public static string Suggest(string written, IReadOnlyCollection<string> known)
    {
        var near = Nearest(written, known);
        if (near.Count > 0) return "did you mean " + string.Join(", ", near) + "?";
        return known.Count is > 0 and <= 20 ? "known: " + string.Join(", ", known) : "";
    }

    /// <summary>Edits (insert, delete, replace) between two names, in any case.</summary>
    private static int Distance(string a, string b)
    {
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++) row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToLowerInvariant(a[i - 1]) == char.ToLowerInvariant(b[j - 1]);
                var best = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (same ? 0 : 1));
                diagonal = row[j];
                row[j] = best;
            }
        }

        return row[b.Length];
    }
}
