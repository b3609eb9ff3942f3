using LlmSim.Files;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;
using Microsoft.Data.Sqlite;

namespace LlmSim.Studies.Tests.Sweeps;

/// <summary>A key changes with everything that decides a result, and with nothing else.</summary>
public sealed class StudyKeysTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static ScenarioFile Study(params string[] sets) =>
        ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["axes={\"workload.arrivals.rate\":[2,4],\"engine.policy\":[\"vllm-v0\",\"vllm-v1\"]}", .. sets]);

    private static StudyKeys Keys(params string[] sets)
    {
        var file = Study(sets);
        return new StudyKeys(file, StudyAxes.Read(file));
    }

    [Fact]
    public void Each_point_and_each_seed_has_a_key_of_its_own()
    {
        var keys = Keys();
        var all = Enumerable.Range(0, 4).SelectMany(p => Enumerable.Range(0, 3).Select(r => keys.Of(p, r))).ToList();
        Assert.Equal(12, all.Distinct().Count());
        Assert.Equal(keys.Of(2, 1), Keys().Of(2, 1));
    }

    [Theory]
    [InlineData("title=another")]
    [InlineData("output.report=false")]
    [InlineData("repeat=5")]
    [InlineData("stopAtSaturation=true")]
    [InlineData("workload.arrivals.rate=77")]
    public void How_a_study_is_shown_changes_no_key(string set)
    {
        Assert.Equal(Keys().Of(1, 0), Keys(set).Of(1, 0));
        Assert.Equal(Keys().Study, Keys(set).Study);
    }

    [Theory]
    [InlineData("workload.seed=2")]
    [InlineData("workload.requests=999")]
    [InlineData("time=ideal")]
    [InlineData("engine.maxSequences=255")]
    [InlineData("machine.hardware=h100-80gb-sxm")]
    [InlineData("slo.ttft.seconds=2")]
    public void What_decides_a_result_changes_every_key(string set)
    {
        Assert.NotEqual(Keys().Of(1, 0), Keys(set).Of(1, 0));
        Assert.NotEqual(Keys().Study, Keys(set).Study);
    }

    [Fact]
    public void A_value_added_to_an_axis_leaves_the_other_keys()
    {
        var more = Keys("axes={\"workload.arrivals.rate\":[1,2,3,4],\"engine.policy\":[\"vllm-v0\",\"vllm-v1\"]}");
        var keys = Keys();
        Assert.Equal([keys.Of(0, 0), keys.Of(1, 0), keys.Of(2, 0), keys.Of(3, 0)], [more.Of(2, 0), more.Of(3, 0), more.Of(6, 0), more.Of(7, 0)]);
    }

    /// <summary>Every file that a scenario can name, in the scenario and on an axis: hardware with its time constants, graphs, traces, lengths, step tables.</summary>
    [Theory]
    [InlineData("machine.hardware", "device.json")]
    [InlineData("model", "graph.onnx")]
    [InlineData("model", "config.json")]
    [InlineData("workload.trace", "trace.csv")]
    [InlineData("workload.lengths.path", "lengths.csv")]
    [InlineData("timeTable", "table")]
    [InlineData("operatorTables", "gemm.csv")]
    public void The_content_of_a_file_changes_the_keys(string member, string name)
    {
        var path = Path.Combine(_folder, name);
        var content = name == "table" ? Path.Combine(Directory.CreateDirectory(path).FullName, "attn_decode_ms.csv") : path;
        void Write(string text)
        {
            var time = File.Exists(content) ? File.GetLastWriteTimeUtc(content) : DateTime.UnixEpoch;
            File.WriteAllText(content, text);
            // As a copy of equal length and time would be: it is the content that counts.
            File.SetLastWriteTimeUtc(content, time);
        }

        var root = JsonEdit(Study().Root, member, path);
        var fixedFile = new JsonStudy(root, "axes={\"engine.policy\":[\"vllm-v0\",\"vllm-v1\"]}");
        var onAxis = new JsonStudy(Study().Root, $"axes={{\"{member}\":[\"{path}\",\"other\"]}}");
        Write("0.95 of peak");
        var (before, axisBefore, otherBefore) = (fixedFile.Key(0), onAxis.Key(0), onAxis.Key(1));
        Assert.Equal(before, fixedFile.Key(0));
        Write("0.85 of peak");
        Assert.NotEqual(before, fixedFile.Key(0));
        Assert.NotEqual(axisBefore, onAxis.Key(0));
        Assert.Equal(otherBefore, onAxis.Key(1));
    }

    [Fact]
    public void A_catalogue_name_stands_for_the_content_of_its_file()
    {
        var contents = new FileContents();
        JsonValue Named(string member, string name) => LlmSim.Studies.Scenarios.Reading.JsonEdit.With(
            new JsonValue { File = "", Kind = System.Text.Json.JsonValueKind.Object }, member, LlmSim.Studies.Scenarios.Reading.JsonEdit.Value(name, "--set", new InputErrors()), new InputErrors());
        Assert.Equal("|" + contents.Of(Repository.Path("hardware/a6000.json")), contents.NamedBy(Named("machine.hardware", "A6000")));
        Assert.Equal("|" + contents.Of(Repository.Path("models/llama-2-7b.onnx")), contents.NamedBy(Named("model", "llama-2-7b")));
        Assert.Equal(64, contents.Of(Repository.Path("models/llama-2-7b.onnx")).Length);
    }

    [Fact]
    public void A_store_of_another_build_is_refused()
    {
        var path = Path.Combine(_folder, "study.db");
        StudyStore.Open(path, "s").Dispose();
        StudyStore.Open(path, "s").Dispose();
        using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE about SET value = '0.1.0+000000000000' WHERE name = 'program'";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        var refused = Assert.Throws<InputException>(() => StudyStore.Open(path, "s"));
        Assert.Contains("another version", refused.Message, StringComparison.Ordinal);
        Assert.Contains(path, refused.Message, StringComparison.Ordinal);
    }

    private static JsonValue JsonEdit(JsonValue root, string member, string path) =>
        LlmSim.Studies.Scenarios.Reading.JsonEdit.With(root, member, LlmSim.Studies.Scenarios.Reading.JsonEdit.Value($"\"{path}\"", "--set", new InputErrors()), new InputErrors());

    /// <summary>Keys of a tree that need not make a scenario that runs: a hardware file with a few words in it, say.</summary>
    private sealed record JsonStudy(JsonValue Root, string Axes)
    {
        public string Key(int point)
        {
            var file = Study(Axes);
            var root = LlmSim.Studies.Scenarios.Reading.JsonEdit.With(Root, "axes", file.Root.Member("axes")!, new InputErrors());
            return new StudyKeys(root, StudyAxes.Read(file)).Of(point, 0);
        }
    }
}
