using System.Text.Json;

namespace LlmSim.Files;

/// <summary>
/// Takes the members of a JSON object one by one, checks each, and reports at <see cref="Finish"/> those that nobody asked for.
/// A member that is missing or wrong yields its fallback, so that reading goes on and finds the other errors.
/// </summary>
public sealed class ObjectReader
{
    private readonly JsonValue _value;
    private readonly InputErrors _errors;
    private readonly HashSet<string> _asked = new(StringComparer.Ordinal);

    /// <summary>A reader of an object; anything else is reported once and then read as an empty object.</summary>
    public ObjectReader(JsonValue value, InputErrors errors)
    {
        _value = value;
        _errors = errors;
        if (value.Kind != JsonValueKind.Object) value.Report(errors, $"{value.Shown} is not an object", "write { … }");
    }

    /// <summary>The object itself.</summary>
    public JsonValue Value => _value;

    /// <summary>Where errors go.</summary>
    public InputErrors Errors => _errors;

    /// <summary>Whether the member is there and not null.</summary>
    public bool Has(string name) => Find(name) is not null;

    /// <summary>The member unread, or null; null in the file counts as absent.</summary>
    public JsonValue? Find(string name)
    {
        _asked.Add(name);
        var member = _value.Member(name);
        return member is null || member.Kind == JsonValueKind.Null ? null : member;
    }

    /// <summary>The member, whose absence is an error.</summary>
    public JsonValue? Require(string name, string remedy = "")
    {
        var member = Find(name);
        if (member is null && _value.Kind == JsonValueKind.Object)
            _errors.Add(_value.File, _value.Line, Inner(name), "is missing", remedy);
        return member;
    }

    /// <summary>A text; an error when it is missing and has no fallback.</summary>
    public string Text(string name, string? fallback = null)
    {
        var member = fallback is null ? Require(name) : Find(name);
        if (member is null) return fallback ?? "";
        if (member.Kind == JsonValueKind.String) return member.Text;
        member.Report(_errors, $"{member.Shown} is not a text", "write it in quotes");
        return fallback ?? "";
    }

    /// <summary>A number within bounds, both included; an error when it is missing and has no fallback.</summary>
    public double Number(string name, double min, double max, double? fallback = null)
    {
        var member = fallback is null ? Require(name) : Find(name);
        return member is null ? fallback ?? min : NumberOf(member, min, max, fallback ?? min);
    }

    /// <summary>A whole number within bounds, both included; an error when it is missing and has no fallback.</summary>
    public long Integer(string name, long min, long max, long? fallback = null)
    {
        var member = fallback is null ? Require(name) : Find(name);
        if (member is null) return fallback ?? min;
        var number = NumberOf(member, min, max, fallback ?? min);
        if (number == Math.Floor(number)) return (long)number;
        member.Report(_errors, $"{member.Shown} is not a whole number");
        return fallback ?? min;
    }

    /// <summary>True or false.</summary>
    public bool Flag(string name, bool fallback)
    {
        var member = Find(name);
        if (member is null) return fallback;
        if (member.Kind is JsonValueKind.True or JsonValueKind.False) return member.Kind == JsonValueKind.True;
        member.Report(_errors, $"{member.Shown} is neither true nor false");
        return fallback;
    }

    /// <summary>One of a list of names, in any case, returned as the list spells it; an error when it is missing and has no fallback.</summary>
    public string Choice(string name, IReadOnlyCollection<string> known, string? fallback = null)
    {
        var member = fallback is null ? Require(name, "one of " + string.Join(", ", known)) : Find(name);
        if (member is null) return fallback ?? "";
        if (member.Kind == JsonValueKind.String)
        {
            foreach (var candidate in known)
                if (string.Equals(candidate, member.Text, StringComparison.OrdinalIgnoreCase)) return candidate;
        }

        member.Report(_errors, $"{member.Shown} is not known", Names.Suggest(member.Text, known));
        return fallback ?? "";
    }

    /// <summary>A reader of an inner object, or null when it is absent (or when it is an error that it is absent).</summary>
    public ObjectReader? Object(string name, bool required = false)
    {
        var member = required ? Require(name) : Find(name);
        return member is null ? null : new ObjectReader(member, _errors);
    }

    /// <summary>The items of a list; empty when it is absent.</summary>
    public IReadOnlyList<JsonValue> List(string name, bool required = false)
    {
        var member = required ? Require(name) : Find(name);
        if (member is null) return [];
        if (member.Kind == JsonValueKind.Array) return member.Items;
        member.Report(_errors, $"{member.Shown} is not a list", "write [ … ]");
        return [];
    }

    /// <summary>Marks a member as known without reading it.</summary>
    public void Ignore(string name) => _asked.Add(name);

    /// <summary>Reports every member that was never asked for.</summary>
    public void Finish()
    {
        foreach (var (name, value) in _value.Members)
        {
            if (!_asked.Contains(name) && name != "$schema")
                value.Report(_errors, "is not a known member", Names.Suggest(name, _asked));
        }
    }

    /// <summary>Checks that a value is a number within bounds.</summary>
    private double NumberOf(JsonValue member, double min, double max, double fallback)
    {
        if (member.Kind != JsonValueKind.Number)
        {
            member.Report(_errors, $"{member.Shown} is not a number");
            return fallback;
        }

        var value = member.Number;
        if (!double.IsNaN(value) && value >= min && value <= max) return value;
        var bounds = max >= double.MaxValue || max >= long.MaxValue ? $"at least {min:R}" : $"from {min:R} to {max:R}";
        member.Report(_errors, $"{member.Shown} is out of range", "write a number " + bounds);
        return fallback;
    }

    private string Inner(string name) => _value.Path.Length == 0 ? name : _value.Path + "." + name;
}
