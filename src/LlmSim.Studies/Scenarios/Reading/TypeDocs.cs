using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LlmSim.Studies.Scenarios.Reading;

/// <summary>The doc comments of types and properties, from the XML files that the compiler writes beside the assemblies.</summary>
internal sealed partial class TypeDocs
{
    private readonly Dictionary<Assembly, Dictionary<string, string>> _byAssembly = [];

    /// <summary>The summary of a property, as plain text.</summary>
    public string Of(PropertyInfo property) => Find(property.DeclaringType!.Assembly, $"P:{property.DeclaringType.FullName}.{property.Name}");

    /// <summary>The summary of a type, as plain text.</summary>
    public string Of(Type type) => Find(type.Assembly, "T:" + type.FullName);

    private string Find(Assembly assembly, string id)
    {
        if (!_byAssembly.TryGetValue(assembly, out var docs)) _byAssembly.Add(assembly, docs = Read(Path.ChangeExtension(assembly.Location, ".xml")));
        return docs.GetValueOrDefault(id, "");
    }

    private static Dictionary<string, string> Read(string path) => XDocument.Load(path).Descendants("member")
        .Where(m => m.Attribute("name") is not null && m.Element("summary") is not null)
        .ToDictionary(m => m.Attribute("name")!.Value, m => Plain(m.Element("summary")!), StringComparer.Ordinal);

    private static string Plain(XElement summary)
    {
        foreach (var reference in summary.Descendants().Where(e => e.Name.LocalName is "see" or "paramref").ToList())
        {
            var target = reference.Attribute("cref")?.Value ?? reference.Attribute("name")?.Value ?? reference.Value;
            var name = target[(target.LastIndexOf('.') + 1)..];
            reference.ReplaceWith(name.Length > 0 ? char.ToLowerInvariant(name[0]) + name[1..] : "");
        }

        return White().Replace(summary.Value, " ").Trim();
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex White();
}
