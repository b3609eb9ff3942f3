using System.Text;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Tests.Scenarios;

public sealed class ScenarioFileTests
{
    public const string Example = """
        {
          "$schema": "schema/scenario.json",
          "model": "llama-2-7b", // a comment
          "precision": { "weights": "fp16", "activations": "fp16", "kv": "FP8" },
          "machine": { "hardware": "a100-80gb-sxm", "count": 1, "tensorParallel": 1, "pipelineParallel": 1, "offload": null },
          "engine": { "policy": "vllm-v1", "maxBatchTokens": 2048, "maxSequences": 256, "blockTokens": 16, "kvBlocks": null, "memoryUtilization": 0.85, "prefixCache": true, "hostTime": "vllm-0.19" },
          "replicas": 1,
          "workload": { "arrivals": { "kind": "poisson", "rate": 4 }, "lengths": { "kind": "azure-conversation" }, "requests": 2000, "overlong": "reject", "seed": 1 },
          "slo": { "ttft": { "p": 0.99, "seconds": 1.0 }, "tpot": { "p": 0.99, "seconds": 0.1 } },
          "time": "fitted", "warmUp": 0.1,
          "output": { "timeline": { "window": [0, 10] } },
          "axes": { "workload.arrivals.rate": { "from": 1, "to": 8, "steps": 8 }, "engine.maxSequences": [16, 256], },
        }
        """;

    public static ScenarioFile Parse(string text, params string[] overrides)
    {
        var errors = new InputErrors();
        var root = JsonText.Parse("/somewhere/test.json", Encoding.UTF8.GetBytes(text), errors);
        errors.ThrowIfAny();
        return ScenarioFile.Parse("/somewhere/test.json", root!, overrides);
    }

    private static IReadOnlyList<InputError> ErrorsOf(string text, params string[] overrides) =>
        Assert.Throws<InputException>(() => Parse(text, overrides)).Errors.Items;

    [Fact]
    public void The_designs_example_is_read()
    {
        var scenario = Parse(Example).Scenario;
        Assert.Equal("llama-2-7b", scenario.Model);
        Assert.Equal("fp8", scenario.Precision.Kv);
        Assert.Equal(("vllm-v1", 2048, 256, null, true), (scenario.Engine.Settings.Policy, scenario.Engine.Settings.MaxBatchTokens, scenario.Engine.Settings.MaxSequences, scenario.Engine.Settings.KvBlocks, scenario.Engine.Settings.PrefixCache));
        Assert.Equal((0.85, "vllm-0.19"), (scenario.Engine.MemoryUtilization, scenario.Engine.HostTime));
        Assert.Equal((4.0, 2000L), (scenario.Workload!.Arrivals!.Rate!.Value, scenario.Workload.Requests!.Value));
        Assert.Equal([0, 10], scenario.Output.Timeline.Window);
        Assert.Equal(0.1, scenario.Slo!.Tpot!.Seconds);
    }

    [Fact]
    public void Everything_that_is_wrong_is_told_at_once_with_its_line()
    {
        var errors = ErrorsOf("""
            {
              "modle": "llama-2-7b",
              "machine": { "hardware": "a100", "tensorParallel": 0 },
              "engine": { "policy": "vllm-v9", "maxSequences": "many", "memoryUtilisation": 0.9 },
              "workload": {
                "arrivals": { "kind": "poison", "rate": -1 },
                "lengths": { "kind": "fixed", "prompt": 0.5 },
                "timeScale": 2
              },
              "slo": { "ttft": { "p": 99 } }
            }
            """);
        string Line(int line, string member) => Assert.Single(errors, e => e.Line == line && e.Member == member).ToString();
        Assert.Contains("did you mean model?", Line(2, "modle"), StringComparison.Ordinal);
        Line(1, "model");
        Line(3, "machine.tensorParallel");
        Line(4, "engine.policy");
        Line(4, "engine.maxSequences");
        Assert.Contains("did you mean memoryUtilization?", Line(4, "engine.memoryUtilisation"), StringComparison.Ordinal);
        Assert.Contains("poisson", Line(6, "workload.arrivals.kind"), StringComparison.Ordinal);
        Line(6, "workload.arrivals.rate");
        Line(7, "workload.lengths.prompt");
        Line(7, "workload.lengths.output");
        Line(8, "workload.timeScale");
        Line(10, "slo.ttft.p");
        Line(10, "slo.ttft.seconds");
        Assert.All(errors, e => Assert.Equal("/somewhere/test.json", e.File));
    }

    [Fact]
    public void Members_of_another_kind_are_refused()
    {
        var errors = ErrorsOf(Example, "workload.arrivals.users=4", "workload.lengths.prompt=5");
        Assert.Equal(2, errors.Count);
        Assert.All(errors, e => Assert.Contains("means nothing for kind", e.Problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("workload.arrivals.rate=7.5", "7.5")]
    [InlineData("engine.maxSequences = 9", "9")]
    public void A_value_can_be_set_from_outside(string set, string expected)
    {
        var scenario = Parse(Example, set).Scenario;
        Assert.Contains(expected, new[] { scenario.Workload!.Arrivals!.Rate!.Value.ToString(System.Globalization.CultureInfo.InvariantCulture), $"{scenario.Engine.Settings.MaxSequences}" });
    }

    [Fact]
    public void Setting_makes_the_objects_it_needs()
    {
        var scenario = Parse(Example, "workload.prefixes.tokens=100", "machine.offload.weights=0.5", "slo=null").Scenario;
        Assert.Equal(100, scenario.Workload!.Prefixes!.Tokens);
        Assert.Equal(0.5, scenario.Machine.Offload!.Weights.Away);
        Assert.Null(scenario.Slo);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("engine..policy=1")]
    [InlineData("engine.polcy=vllm-v1")]
    [InlineData("groups[3].count=1")]
    public void A_wrong_setting_is_an_input_error(string set) => Assert.All(ErrorsOf(Example, set), e => Assert.Contains("--set", e.File, StringComparison.Ordinal));

    [Fact]
    public void Paths_are_relative_to_the_file_and_on_the_command_line_to_the_working_folder()
    {
        const string text = """{ "model": "models/x.onnx", "machine": { "hardware": "a100-80gb-sxm" }, "workload": { "trace": "../t.csv" } }""";
        var scenario = Parse(text).Scenario;
        Assert.Equal("/somewhere/models/x.onnx", scenario.Model);
        Assert.Equal("/somewhere/../t.csv", scenario.Workload!.Trace);
        Assert.Equal("t.csv", Parse(text, "workload.trace=t.csv").Scenario.Workload!.Trace);
    }

    [Theory]
    [InlineData("axes={\"a\":[1,2}")]
    [InlineData("axes={\"a\":{\"from\":1,\"to\":NaN,\"steps\":3}}")]
    [InlineData("workload.lengths=[1,")]
    public void What_begins_as_JSON_and_is_none_is_told_as_that(string set) =>
        Assert.Contains(ErrorsOf(Example, set), e => e.File == "--set" && e.Problem.Contains("not valid JSON", StringComparison.Ordinal));

    [Theory]
    [InlineData("axes={\"workload.arrivals.rate\":[1,2,2]}", "2 stands twice")]
    [InlineData("axes={\"workload.arrivals.rate\":[1,2,2.0]}", "2 stands twice")]
    [InlineData("axes={\"engine.policy\":[\"vllm-v1\",\"vllm-v1\"]}", "\"vllm-v1\" stands twice")]
    [InlineData("axes={\"workload.arrivals.rate\":[1,2],\"workload.arrivals\":[{\"kind\":\"poisson\",\"rate\":3}]}", "the axis over workload.arrivals.rate is overwritten by the one over workload.arrivals")]
    [InlineData("axes={\"workload.arrivals\":[{\"kind\":\"poisson\"}],\"workload.arrivals.rate\":[1,2]}", "")]
    [InlineData("axes={\"workload.arrivals.rate\":[1,2],\"workload.arrivals.rateCv\":[1]}", "")]
    public void Points_that_would_be_alike_are_refused(string set, string expected)
    {
        var file = Parse(Example, set);
        if (expected.Length == 0) Assert.NotEmpty(StudyAxes.Read(file).Axes);
        else Assert.Contains(expected, Assert.Throws<InputException>(() => StudyAxes.Read(file)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Zipped_axes_may_repeat_a_value_but_not_a_pair()
    {
        const string Zip = "zip=[[\"a\",\"b\"]]";
        Assert.Equal(3, StudyAxes.Read(Parse(Example, "axes={\"a\":[1,1,2],\"b\":[1,2,2]}", Zip)).Count);
        Assert.Throws<InputException>(() => StudyAxes.Read(Parse(Example, "axes={\"a\":[1,1,2],\"b\":[2,2,2]}", Zip)));
    }

    [Fact]
    public void Engines_flags_set_the_members_they_mean()
    {
        const string text = """
            { "model": "llama-2-7b", "machine": { "hardware": "a6000" }, "workload": { "trace": "t.csv" },
              "engine": { "policy": "vllm-v1", "--max-num-seqs": 77, "--gpu_memory_utilization": 0.7, "--tensor-parallel-size": 4, "--kv-cache-dtype": "fp8" } }
            """;
        var scenario = Parse(text).Scenario;
        Assert.Equal((77, 0.7, 4, "fp8"), (scenario.Engine.Settings.MaxSequences!.Value, scenario.Engine.MemoryUtilization, scenario.Machine.TensorParallel, scenario.Precision.Kv));
        Assert.Contains("has no flag", ErrorsOf(text.Replace("--max-num-seqs", "--max-nmu-seqs", StringComparison.Ordinal))[0].Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "model": "llama-2-7b", "machine": { "hardware": "a6000" } }""", "workload")]
    [InlineData("""{ "model": "llama-2-7b", "machine": { "hardware": "a6000" }, "workload": { "trace": "t" }, "pass": {} }""", "pass")]
    [InlineData("""{ "model": "llama-2-7b", "machine": { "hardware": "a6000", "count": 3, "tensorParallel": 2 }, "pass": {} }""", "machine.count")]
    [InlineData("""{ "model": "llama-2-7b", "machine": { "hardware": "a6000" }, "workload": { "arrivals": { "kind": "poisson", "rate": 1 } } }""", "workload.lengths")]
    [InlineData("""{ "model": "llama-2-7b", "machine": { "hardware": "a6000" }, "workload": { "arrivals": { "kind": "markov", "states": [{ "rate": 0, "seconds": 1 }] }, "lengths": { "kind": "sharegpt" } } }""", "workload.arrivals")]
    [InlineData("""{ "model": "llama-2-7b", "machine": { "hardware": "a6000" }, "workload": { "trace": "t", "arrivals": { "kind": "closed-loop", "users": 1 } } }""", "workload.arrivals")]
    [InlineData("""[1]""", "")]
    public void Members_must_fit_together(string text, string member) => Assert.Contains(ErrorsOf(text), e => e.Member == member);

    [Fact]
    public void Axes_span_every_combination_with_the_last_varying_fastest()
    {
        var axes = StudyAxes.Read(Parse(Example));
        Assert.Equal(16, axes.Count);
        var second = axes.Point(1);
        Assert.Equal(["workload.arrivals.rate", "engine.maxSequences"], second.Values.Select(v => v.Key));
        Assert.Equal(["1", "256"], second.Values.Select(v => v.Value.Text));
        Assert.Equal(["8", "256"], axes.Point(15).Values.Select(v => v.Value.Text));
        var scenario = Parse(Example).With(axes.Point(15).Values).Scenario;
        Assert.Equal((8.0, 256), (scenario.Workload!.Arrivals!.Rate!.Value, scenario.Engine.Settings.MaxSequences!.Value));
    }

    [Theory]
    [InlineData("""{ "from": 1, "to": 100, "steps": 3, "scale": "log" }""", "1 10 100")]
    [InlineData("""{ "from": 0.1, "to": 0.5, "steps": 5 }""", "0.1 0.2 0.3 0.4 0.5")]
    [InlineData("""{ "from": 8, "to": 2, "steps": 4 }""", "8 6 4 2")]
    [InlineData("""["a", "b"]""", "a b")]
    public void Ranges_have_clean_figures(string range, string expected) =>
        Assert.Equal(expected, string.Join(' ', StudyAxes.Read(Parse(Example, "axes={}", "axes={\"x.y\":" + range + "}")).Axes[0].Values.Select(v => v.Text)));

    [Fact]
    public void Zipped_axes_move_together()
    {
        var axes = StudyAxes.Read(Parse(Example, "axes={\"a\":[1,2,3],\"b\":[10,20],\"c\":[7,8,9]}", "zip=[[\"a\",\"c\"]]"));
        Assert.Equal(6, axes.Count);
        Assert.Equal(["2 8 10", "2 8 20"], new[] { 2, 3 }.Select(i => string.Join(' ', axes.Point(i).Values.OrderBy(v => v.Key == "b").Select(v => v.Value.Text))));
    }

    [Theory]
    [InlineData("""axes={"a":[]}""")]
    [InlineData("""axes={"a":{"from":1,"to":2,"steps":0}}""")]
    [InlineData("""axes={"a":{"from":0,"to":2,"steps":3,"scale":"log"}}""")]
    [InlineData("""axes={"a":{"from":1,"to":2,"steps":1}}""")]
    [InlineData("""axes={"a":{"form":1,"to":2,"steps":2}}""")]
    [InlineData("""axes={"a":5}""")]
    [InlineData("""axes=[1]""")]
    [InlineData("""zip=[["nothing"]]""")]
    [InlineData("""axes={"a":{"from":1,"to":2,"steps":1000000},"b":[1,2]}""")]
    public void Wrong_axes_are_input_errors(string set) => Assert.Throws<InputException>(() => StudyAxes.Read(Parse(Example, set)));

    [Fact]
    public void An_axis_over_a_member_that_does_not_exist_is_told_with_its_line()
    {
        var file = Parse(Example.Replace("engine.maxSequences", "engine.maxSequence", StringComparison.Ordinal));
        var e = Assert.Throws<InputException>(() => file.With(StudyAxes.Read(file).Point(0).Values));
        Assert.Contains(e.Errors.Items, i => i.Line == 12 && i.Member == "engine.maxSequence" && i.Remedy.Contains("maxSequences", StringComparison.Ordinal));
    }
}
