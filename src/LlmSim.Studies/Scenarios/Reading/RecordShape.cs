using System.Collections.Concurrent;
using System.Reflection;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>One member of an object in a scenario file.</summary>
public sealed class MemberShape
{
    internal MemberShape(PropertyInfo property, PropertyInfo? through)
    {
        Property = property;
        Through = through;
        Name = char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
        Bounds = property.GetCustomAttribute<BoundsAttribute>();
        Choices = property.GetCustomAttribute<OneOfAttribute>()?.Names;
        Kinds = property.GetCustomAttribute<ForKindsAttribute>()?.Kinds;
        IsNeeded = property.IsDefined(typeof(NeededAttribute));
        IsUnchecked = property.IsDefined(typeof(UncheckedAttribute));
        IsPath = property.IsDefined(typeof(FilePathAttribute));
        PathEndings = property.GetCustomAttribute<NameOrPathAttribute>()?.Endings;
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IsList = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>);
        Type = IsList ? type.GetGenericArguments()[0] : type;
    }

    /// <summary>Name in the file.</summary>
    public string Name { get; }

    /// <summary>The property that holds it.</summary>
    public PropertyInfo Property { get; }

    /// <summary>The flattened property that the member belongs to; null when it is the object's own.</summary>
    public PropertyInfo? Through { get; }

    /// <summary>Type of the value, or of the items of a list.</summary>
    public Type Type { get; }

    /// <summary>Whether it is a list.</summary>
    public bool IsList { get; }

    /// <summary>Smallest and largest number; null for any.</summary>
    public BoundsAttribute? Bounds { get; }

    /// <summary>Allowed texts; null for any.</summary>
    public IReadOnlyList<string>? Choices { get; }

    /// <summary>Kinds for which it means something; null for all.</summary>
    public IReadOnlyList<string>? Kinds { get; }

    /// <summary>Whether it must be there.</summary>
    public bool IsNeeded { get; }

    /// <summary>Whether it is kept as it is in the file.</summary>
    public bool IsUnchecked { get; }

    /// <summary>Whether it is a path.</summary>
    public bool IsPath { get; }

    /// <summary>Endings by which a text is a path rather than a name; null when it never is.</summary>
    public IReadOnlyList<string>? PathEndings { get; }

    /// <summary>Whether the value is an object.</summary>
    public bool IsObject => Type.IsClass && Type != typeof(string) && !IsUnchecked;

    /// <summary>Value when it is not written.</summary>
    public object? Default(object owner) => Property.GetValue(Through is null ? owner : Through.GetValue(owner));
}

/// <summary>The members of a type, found once.</summary>
public sealed class RecordShape
{
    private static readonly ConcurrentDictionary<Type, RecordShape> s_known = new();

    private RecordShape(Type type)
    {
        Type = type;
        Shorthand = type.GetCustomAttribute<ShorthandAttribute>()?.Member;
        var members = new List<MemberShape>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (!property.CanWrite) continue;
            if (!property.IsDefined(typeof(FlattenedAttribute)))
            {
                members.Add(new MemberShape(property, null));
                continue;
            }

            foreach (var inner in property.PropertyType.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                if (inner.CanWrite) members.Add(new MemberShape(inner, property));
        }

        Members = members;
    }

    /// <summary>The type.</summary>
    public Type Type { get; }

    /// <summary>Its members in the order in which they are declared.</summary>
    public IReadOnlyList<MemberShape> Members { get; }

    /// <summary>Member that a bare number stands for; null when an object must be written.</summary>
    public string? Shorthand { get; }

    /// <summary>The shape of a type.</summary>
    public static RecordShape Of(Type type) => s_known.GetOrAdd(type, t => new RecordShape(t));

    /// <summary>The member of that name, or null.</summary>
    public MemberShape? Member(string name)
    {
        foreach (var member in Members)
            if (member.Name == name) return member;
        return null;
    }
}
