using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Tests.Scenarios;

/// <summary>The schema and the reference in the repository are what the types say. With LLMSIM_UPDATE=1 these tests rewrite them.</summary>
public sealed class ScenarioDocsTests
{
    [Fact]
    public void The_schema_is_that_of_the_types() => Same("scenarios/schema/scenario.json", ScenarioSchema.Write());

    [Fact]
    public void The_reference_is_that_of_the_types() => Same("docs/scenario-reference.md", ScenarioReference.Write());

    private static void Same(string file, string expected)
    {
        var path = Repository.Path(file);
        if (Environment.GetEnvironmentVariable("LLMSIM_UPDATE") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, expected);
        }

        Assert.True(File.Exists(path) && File.ReadAllText(path) == expected, $"{file} is out of date: run this test with LLMSIM_UPDATE=1");
        // Every member is explained.
        Assert.DoesNotContain("|  |\n", expected, StringComparison.Ordinal);
        Assert.DoesNotContain("\"description\": \"\"", expected, StringComparison.Ordinal);
    }
}
