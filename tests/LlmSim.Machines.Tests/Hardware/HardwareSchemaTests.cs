using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.Hardware;

public sealed class HardwareSchemaTests
{
    [Fact]
    public void The_schema_for_editors_knows_every_member_of_the_shipped_files()
    {
        var catalogue = new HardwareCatalogue(Repository.Path("hardware"));
        var errors = new InputErrors();
        var schema = JsonText.Read(Repository.Path("hardware/schema/hardware.json"), errors)!;
        foreach (var name in catalogue.Names)
        {
            var file = JsonText.Read(catalogue.PathOf(name), errors)!;
            Check(file, schema, name);
            Assert.NotNull(file.Member("$schema"));
            var schemaPath = Path.Combine(Path.GetDirectoryName(catalogue.PathOf(name))!, file.Member("$schema")!.Text);
            Assert.True(File.Exists(schemaPath), schemaPath);
        }

        Assert.Equal([], errors.Items);
    }

    private static void Check(JsonValue value, JsonValue schema, string name)
    {
        var properties = schema.Member("properties");
        foreach (var (member, inner) in value.Members)
        {
            // Objects without listed properties (constants, sizes) are open.
            if (properties is null) continue;
            var known = properties.Member(member);
            Assert.True(known is not null, $"{name}: {inner.Path} is not in the schema");
            Check(inner, known!, name);
        }

        foreach (var item in value.Items)
            if (schema.Member("items") is { } items) Check(item, items, name);
        foreach (var required in schema.Member("required")?.Items ?? [])
            if (value.Kind == System.Text.Json.JsonValueKind.Object) Assert.True(value.Member(required.Text) is not null, $"{name}: {value.Path} lacks {required.Text}");
    }
}
