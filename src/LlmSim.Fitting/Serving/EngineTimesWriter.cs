using System.Globalization;
using System.Text;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Engines;

namespace LlmSim.Fitting.Serving;

/// <summary>Writes fitted constants into <c>constants/engines.json</c>; everything else in it stays as people wrote it.</summary>
public static class EngineTimesWriter
{
    /// <summary>Replaces the fitted constants of an engine, and its record of the fit, or adds them at its end.</summary>
    /// <param name="path">The file; it holds the engine.</param>
    /// <param name="engine">The engine, fitted.</param>
    public static void Write(string path, EngineTime engine)
    {
        ArgumentNullException.ThrowIfNull(engine);
        var fit = engine.Fit ?? throw new ArgumentException("nothing was fitted", nameof(engine));
        var lines = File.ReadAllLines(path).ToList();
        var first = lines.FindIndex(l => l.TrimStart().StartsWith($"\"{engine.Name}\":", StringComparison.Ordinal));
        if (first < 0) throw new ArgumentException($"{path} does not hold {engine.Name}", nameof(engine));
        var last = lines.FindIndex(first, l => l.StartsWith("  }", StringComparison.Ordinal));
        string[] written = [.. fit.Constants, "fit"];
        for (var i = last - 1; i > first; i--)
        {
            if (!written.Any(name => lines[i].TrimStart().StartsWith($"\"{name}\":", StringComparison.Ordinal))) continue;
            lines.RemoveAt(i);
            last--;
        }

        // The member before the new ones needs its comma.
        if (!lines[last - 1].EndsWith(',')) lines[last - 1] += ",";
        var added = fit.Constants.Select(c => $"    \"{c}\": {{ \"value\": {engine.Values[c].ToString("0.00E-00", CultureInfo.InvariantCulture)}, \"source\": \"fitted\" }},").ToList();
        var record = new StringBuilder("    \"fit\": { \"constants\": [").AppendJoin(", ", fit.Constants.Select(c => $"\"{c}\"")).Append("], \"fittedOn\": ")
            .Append(JsonSerializer.Serialize(fit.FittedOn)).Append(CultureInfo.InvariantCulture, $", \"points\": {fit.Points}, \"heldOutError\": {fit.HeldOutError:F4} }}");
        lines.InsertRange(last, [.. added, record.ToString()]);
        AtomicFile.WriteText(path, string.Join('\n', lines) + "\n");
    }
}
