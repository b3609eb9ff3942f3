namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>Smallest and largest value of a number, both included.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class BoundsAttribute(double min, double max = double.MaxValue) : Attribute
{
    /// <summary>Smallest value.</summary>
    public double Min { get; } = min;

    /// <summary>Largest value; <see cref="double.MaxValue"/> for none.</summary>
    public double Max { get; } = max;
}

/// <summary>The texts that a member may hold: listed, or by the name of a set in <see cref="KnownNames"/> (those grow with what is built in).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneOfAttribute(params string[] names) : Attribute
{
    /// <summary>The texts.</summary>
    public IReadOnlyList<string> Names { get; } = names is [var one] && one.StartsWith('@') ? KnownNames.Of(one[1..]) : names;
}

/// <summary>The member means something only for these kinds (the sibling member "kind").</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ForKindsAttribute(params string[] kinds) : Attribute
{
    /// <summary>The kinds.</summary>
    public IReadOnlyList<string> Kinds { get; } = kinds;
}

/// <summary>The member must be there (for its kinds, where it has any).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NeededAttribute : Attribute;

/// <summary>The member's own members stand beside it rather than inside it.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FlattenedAttribute : Attribute;

/// <summary>A bare number may be written for an object; it then is this member.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShorthandAttribute(string member) : Attribute
{
    /// <summary>The member, as it is written in the file.</summary>
    public string Member { get; } = member;
}

/// <summary>A file's path, relative to the file that holds it (on the command line: to the working folder).</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class FilePathAttribute : Attribute;

/// <summary>A catalogue name, or a file's path when it ends with one of these: then it is resolved as <see cref="FilePathAttribute"/> says.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NameOrPathAttribute(params string[] endings) : Attribute
{
    /// <summary>Endings of paths.</summary>
    public IReadOnlyList<string> Endings { get; } = endings;
}

/// <summary>Members whose names or values are another program's own; which ones is checked elsewhere.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class UncheckedAttribute : Attribute;
