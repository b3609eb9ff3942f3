using System.Globalization;
using System.Security.Cryptography;
using LlmSim.Serving.Results;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Runs.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Scenarios;

/// <summary>
/// The scenarios in the repository run without any other file, and come to the results in tests/fingerprints.csv. A change of behaviour shows here and
/// must be explained; LLMSIM_UPDATE=1 rewrites the fingerprints.
/// </summary>
public sealed class ShippedScenariosTests
{
    private const string Fingerprints = "tests/fingerprints.csv";

    private static readonly string[] s_names =
        [.. Directory.GetFiles(Repository.Path("scenarios"), "*.json").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    public static TheoryData<string> All => [.. s_names];

    [Theory]
    [MemberData(nameof(All))]
    public void Every_point_of_every_study_is_a_scenario(string name)
    {
        var file = ScenarioFile.Load(Repository.Path($"scenarios/{name}.json"));
        Assert.NotNull(file.Scenario.Title);
        var axes = StudyAxes.Read(file);
        for (var i = 0; i < axes.Count; i++) file.With(axes.Point(i).Values);
        Assert.Null(file.Scenario.Workload?.Trace);
        Assert.Null(file.Scenario.TimeTable);
    }

    [Fact]
    public void Results_are_those_of_the_fingerprints()
    {
        var lines = new List<string> { "scenario,requests,finished,iterations,simulated_s,sha256_of_requests" };
        foreach (var name in s_names)
        {
            var file = ScenarioFile.Load(Repository.Path($"scenarios/{name}.json"));
            if (file.Scenario.Workload is null) continue;
            var run = ScenarioRun.Execute(file);
            Assert.DoesNotContain(run.Rows, r => r.Status == RequestStatus.Unfinished);
            var path = Path.GetTempFileName();
            RequestsCsv.Write(path, run.Rows);
            var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)))[..16];
            File.Delete(path);
            lines.Add(string.Create(CultureInfo.InvariantCulture, $"{name},{run.Rows.Length},{run.Summary.Requests.Completed},{run.Summary.Iterations},{run.Summary.SimulatedSeconds:R},{hash}"));
        }

        var text = string.Join('\n', lines) + "\n";
        if (Environment.GetEnvironmentVariable("LLMSIM_UPDATE") == "1") File.WriteAllText(Repository.Path(Fingerprints), text);
        Assert.Equal(File.ReadAllText(Repository.Path(Fingerprints)), text);
    }
}
