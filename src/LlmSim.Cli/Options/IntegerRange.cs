using System.Globalization;
using LlmSim.Files;

namespace LlmSim.Cli.Options;

/// <summary>Whole numbers as people write them in an option: one, a list, or a range.</summary>
internal static class IntegerRange
{
    /// <summary>Points of one range at most; more would be a typing error.</summary>
    public const int MaxPoints = 10_000;

    /// <summary>How to write one, for help texts.</summary>
    public const string Syntax = "N, a list N,N,…, a range A..B (doubling from A, ending with B) or A..B..STEP";

    /// <summary>Reads the values of an option.</summary>
    /// <param name="option">The option, for messages: "--batch".</param>
    /// <param name="text">What the user wrote.</param>
    /// <param name="min">Smallest value allowed.</param>
    /// <param name="max">Largest value allowed.</param>
    /// <param name="errors">Takes what is wrong.</param>
    /// <returns>The values in the order written; empty when something is wrong.</returns>
    public static IReadOnlyList<int> Parse(string option, string text, int min, int max, InputErrors errors)
    {
        var values = new List<int>();
        var before = errors.Count;
        foreach (var part in text.Split(','))
        {
            var ends = part.Split("..");
            if (ends.Length > 3)
            {
                errors.Add(option, 0, "", $"\"{part}\" is not a range", "write " + Syntax);
                continue;
            }

            var numbers = new int[ends.Length];
            var good = true;
            for (var i = 0; i < ends.Length; i++) good &= TryNumber(option, ends[i], i == 2 ? 1 : min, max, errors, out numbers[i]);
            if (good) Expand(option, part, numbers, values, errors);
        }

        return errors.Count > before ? [] : values;
    }

    private static bool TryNumber(string option, string text, int min, int max, InputErrors errors, out int number)
    {
        if (int.TryParse(text.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && number >= min && number <= max)
            return true;
        errors.Add(option, 0, "", $"\"{text.Trim()}\" is not a whole number from {min} to {max}", "write " + Syntax);
        return false;
    }

    private static void Expand(string option, string text, int[] numbers, List<int> values, InputErrors errors)
    {
        if (numbers.Length == 1)
        {
            values.Add(numbers[0]);
            return;
        }

        var (from, to) = (numbers[0], numbers[1]);
        if (from > to)
        {
            errors.Add(option, 0, "", $"\"{text}\" is empty: {from} is above {to}", "write the smaller number first");
            return;
        }

        for (long value = from; value < to; value = numbers.Length == 3 ? value + numbers[2] : Math.Max(value * 2, 1))
        {
            if (values.Count >= MaxPoints)
            {
                errors.Add(option, 0, "", $"\"{text}\" has more than {MaxPoints} points", "write a larger step");
                return;
            }

            values.Add((int)value);
        }

        values.Add(to);
    }
}
