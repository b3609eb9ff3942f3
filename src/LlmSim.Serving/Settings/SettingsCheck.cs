using System.Globalization;
using LlmSim.Files;

namespace LlmSim.Serving.Settings;

/// <summary>Checks values of one settings object and collects what is wrong; every method returns a usable value, so that checking goes on.</summary>
internal sealed class SettingsCheck(string file, string member, InputErrors errors)
{
    public int AtLeast(string name, int value, int least) => Within(name, value, least, int.MaxValue);

    public long AtLeast(string name, long value, long least)
    {
        // Times and counts beyond this would overflow sums of a long simulation.
        const long most = 1L << 50;
        if (value >= least && value <= most) return value;
        Wrong(name, value < least ? $"{value} is below {least}" : $"{value} is above {most}", $"use {least} to {most}");
        return least;
    }

    public int Within(string name, int value, int least, int most)
    {
        if (value >= least && value <= most) return value;
        Wrong(name, value < least ? $"{value} is below {least}" : $"{value} is above {most}", $"use {least} to {most}");
        return least;
    }

    public double Between(string name, double value, double least, double most)
    {
        if (value >= least && value <= most) return value;
        Wrong(name, $"{Text(value)} is outside {Text(least)} to {Text(most)}", "");
        return least;
    }

    public double Below(string name, double value, double least, double exclusive)
    {
        if (value >= least && value < exclusive) return value;
        Wrong(name, $"{Text(value)} is not at least {Text(least)} and below {Text(exclusive)}", "");
        return least;
    }

    public double Positive(string name, double? value, bool needed, string why)
    {
        if (value is { } given)
        {
            if (given > 0 && double.IsFinite(given)) return given;
            Wrong(name, $"{Text(given)} is not above 0 and finite", "");
        }
        else if (needed)
        {
            Wrong(name, "is missing", why);
        }

        return 1;
    }

    public int OneOf(string name, string value, IReadOnlyList<string> allowed)
    {
        for (var i = 0; i < allowed.Count; i++)
            if (string.Equals(allowed[i], value, StringComparison.Ordinal)) return i;
        Wrong(name, $"\"{value}\" is not known here", "use one of " + string.Join(", ", allowed));
        return -1;
    }

    public int[] Ascending(string name, IReadOnlyList<int> values)
    {
        for (var i = 0; i < values.Count; i++)
        {
            if (values[i] >= 1 && (i == 0 || values[i] > values[i - 1])) continue;
            Wrong(name, $"{values[i]} is below 1 or not above the size before it", "list the sizes in ascending order");
            return [];
        }

        return [.. values];
    }

    private static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private void Wrong(string name, string problem, string remedy) => errors.Add(file, 0, $"{member}.{name}", problem, remedy);
}
