using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Graphs.Tests.Building;

/// <summary>Configurations as their makers published them: which are built, and which are refused with one clear sentence.</summary>
public sealed class PublishedConfigsTests(ITestOutputHelper output)
{
    [SharedFact]
    public void Known_architectures_are_built_and_others_refused()
    {
        var built = new List<string>();
        var refused = new List<string>();
        foreach (var file in Directory.GetFiles(SharedData.Path("onnx/hf_configs"), "*.json").Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var errors = new InputErrors();
            var config = HfConfig.Read(file, errors);
            errors.ThrowIfAny();
            if (ModelBuilder.Build(config!, new BuildOptions(), errors) is { } model)
            {
                var figures = ModelBuilder.Figures(config!, errors)!;
                Assert.Equal(figures.Parameters, Config.Parameters(model));
                built.Add(FormattableString.Invariant($"{name}: {figures.Family} {figures.Parameters} {figures.KvElementsPerToken}"));
            }
            else
            {
                // One sentence, that the architecture is unknown: nothing is refused because of a field.
                refused.Add(name + ": " + Assert.Single(errors.Items).Problem);
            }
        }

        output.WriteLine(string.Join(Environment.NewLine, [$"built {built.Count}", .. built, $"refused {refused.Count}", .. refused]));
        Assert.Equal(Built.Trim().ReplaceLineEndings("\n"), string.Join('\n', built));
        Assert.Equal(Refused.Trim().ReplaceLineEndings("\n"), string.Join('\n', refused));
    }

    private const string Built = "";
    private const string Refused = "";
}
