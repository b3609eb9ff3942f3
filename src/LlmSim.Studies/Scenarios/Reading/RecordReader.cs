using System.Collections;
using System.Globalization;
using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>
/// Reads a JSON object into a record by the record's own shape: names, types, bounds, allowed texts and kinds are those of its properties and
/// their attributes. Unknown members are refused with the nearest name; everything that is wrong is reported, and reading goes on.
/// </summary>
public static class RecordReader
{
    /// <summary>Reads an object.</summary>
    /// <param name="value">The JSON object (or the number that is a shorthand for it).</param>
    /// <param name="errors">Takes what is wrong.</param>
    public static T Read<T>(JsonValue value, InputErrors errors)
        where T : new() => (T)Read(typeof(T), value, errors);

    private static object Read(Type type, JsonValue value, InputErrors errors)
    {
        var shape = RecordShape.Of(type);
        var target = Activator.CreateInstance(type)!;
        if (shape.Shorthand is { } shorthand && value.Kind == JsonValueKind.Number)
        {
            Set(target, shape.Member(shorthand)!, value, errors);
            return target;
        }

        if (value.Kind != JsonValueKind.Object)
        {
            value.Report(errors, $"{value.Shown} is not an object", "write { … }");
            return target;
        }

        foreach (var (name, member) in value.Members)
        {
            if (name == "$schema") continue;
            var known = shape.Member(name);
            if (known is null) member.Report(errors, "is not a known member", Names.Suggest(name, shape.Members.Select(m => m.Name).ToList()));
            else if (member.Kind != JsonValueKind.Null) Set(target, known, member, errors);
        }

        CheckKinds(shape, target, value, errors);
        return target;
    }

    /// <summary>Members that must be there, and members that mean nothing for the object's kind.</summary>
    private static void CheckKinds(RecordShape shape, object target, JsonValue value, InputErrors errors)
    {
        var kind = shape.Member("kind")?.Property.GetValue(target) as string;
        foreach (var member in shape.Members)
        {
            var applies = member.Kinds is null || (kind is not null && member.Kinds.Contains(kind));
            var written = value.Member(member.Name) is { Kind: not JsonValueKind.Null } found ? found : null;
            if (written is null && applies && member.IsNeeded)
                errors.Add(value.File, value.Line, Inner(value, member.Name), "is missing" + (member.Kinds is null ? "" : $" for kind {kind}"), Remedy(member));
            else if (written is not null && !applies && kind is not null)
                written.Report(errors, $"means nothing for kind {kind}", "it is for " + string.Join(", ", member.Kinds!));
        }
    }

    private static void Set(object target, MemberShape member, JsonValue value, InputErrors errors)
    {
        object? read;
        if (member.IsUnchecked) read = value;
        else if (member.IsList) read = List(member, value, errors);
        else read = One(member, value, errors);
        if (read is not null) member.Property.SetValue(member.Through is null ? target : member.Through.GetValue(target), read);
    }

    private static IList? List(MemberShape member, JsonValue value, InputErrors errors)
    {
        if (value.Kind != JsonValueKind.Array)
        {
            value.Report(errors, $"{value.Shown} is not a list", "write [ … ]");
            return null;
        }

        var list = (IList)Activator.CreateInstance(typeof(List<>).MakeGenericType(member.Type))!;
        foreach (var item in value.Items)
            if (One(member, item, errors) is { } read) list.Add(read);
        return list;
    }

    private static object? One(MemberShape member, JsonValue value, InputErrors errors)
    {
        if (member.IsObject) return Read(member.Type, value, errors);
        if (member.Type == typeof(string)) return Text(member, value, errors);
        if (member.Type == typeof(bool))
        {
            if (value.Kind is JsonValueKind.True or JsonValueKind.False) return value.Kind == JsonValueKind.True;
            value.Report(errors, $"{value.Shown} is neither true nor false");
            return null;
        }

        return Number(member, value, errors);
    }

    private static string? Text(MemberShape member, JsonValue value, InputErrors errors)
    {
        if (value.Kind != JsonValueKind.String)
        {
            value.Report(errors, $"{value.Shown} is not a text", "write it in quotes");
            return null;
        }

        if (member.Choices is { } choices)
        {
            foreach (var choice in choices)
                if (string.Equals(choice, value.Text, StringComparison.OrdinalIgnoreCase)) return choice;
            value.Report(errors, $"{value.Shown} is not known", Names.Suggest(value.Text, choices.ToList()));
            return null;
        }

        var isPath = member.IsPath || member.PathEndings?.Any(e => value.Text.EndsWith(e, StringComparison.OrdinalIgnoreCase)) == true;
        return isPath ? Resolve(value) : value.Text;
    }

    /// <summary>A path relative to the file it was written in; what came from the command line stays relative to the working folder.</summary>
    internal static string Resolve(JsonValue value)
    {
        var folder = value.Line > 0 ? Path.GetDirectoryName(Path.GetFullPath(value.File)) : null;
        return folder is null ? value.Text : Path.Combine(folder, value.Text);
    }

    private static object? Number(MemberShape member, JsonValue value, InputErrors errors)
    {
        if (value.Kind != JsonValueKind.Number || !double.IsFinite(value.Number))
        {
            value.Report(errors, $"{value.Shown} is not a number");
            return null;
        }

        var number = value.Number;
        var whole = member.Type != typeof(double);
        if (whole && number != Math.Floor(number))
        {
            value.Report(errors, $"{value.Shown} is not a whole number");
            return null;
        }

        var (min, max) = Limits(member);
        if (number < min || number > max)
        {
            value.Report(errors, $"{value.Shown} is out of range", number > max ? FormattableString.Invariant($"write a number of at most {max:0.######}") : "write a number " + BoundsText(min, max));
            return null;
        }

        return Convert.ChangeType(number, member.Type, CultureInfo.InvariantCulture);
    }

    /// <summary>The bounds of a number: its own, within those of its type.</summary>
    internal static (double Min, double Max) Limits(MemberShape member)
    {
        // Beyond 2^53 a JSON number is no longer exact.
        var (least, most) = member.Type == typeof(int) ? (int.MinValue, int.MaxValue)
            : member.Type == typeof(long) ? (-9007199254740992.0, 9007199254740992.0)
            : member.Type == typeof(ulong) ? (0, 9007199254740992.0)
            : (double.MinValue, double.MaxValue);
        return member.Bounds is { } bounds ? (Math.Max(least, bounds.Min), Math.Min(most, bounds.Max)) : (least, most);
    }

    internal static string BoundsText(double min, double max) =>
        max >= 9007199254740992.0 || max == int.MaxValue ? FormattableString.Invariant($"of at least {min:R}") : FormattableString.Invariant($"from {min:R} to {max:R}");

    private static string Remedy(MemberShape member) => member.Choices is { } choices ? "one of " + string.Join(", ", choices) : "";

    private static string Inner(JsonValue value, string name) => value.Path.Length == 0 ? name : value.Path + "." + name;
}
