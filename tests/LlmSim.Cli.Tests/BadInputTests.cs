using LlmSim.Tests;
namespace LlmSim.Cli.Tests;

/// <summary>What is wrong is refused with exit code 2, every error named at once, nothing on standard output and no trace of an exception.</summary>
public sealed class BadInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void All_wrong_options_at_once()
    {
        var run = Cli.Run(
            "analyze", "lama-2-7b", "--on", "h1000", "--batch", "0", "--context", "-1,NaN", "--weights", "int5", "--kv", "x", "--attention", "flash", "--tp", "0",
            "--time", "perfect", "--rules", "mine", "--logits", "some");
        Cli.Refused(run, "lama-2-7b", "h1000", "--batch", "--context", "int5", "--kv", "--attention", "--tp", "--time", "--rules", "--logits");
        Assert.Contains("did you mean llama-2-7b", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"kind":"markov","states":[{"rate":0,"seconds":1e8},{"rate":1e-9,"seconds":1e-6}]}""")]
    [InlineData("""{"kind":"diurnal","rate":1e-9,"swing":1}""")]
    [InlineData("""{"kind":"clients","profile":"m-small","rate":1e-9,"drift":true}""")]
    [InlineData("""{"kind":"closed-loop","users":2,"thinkSeconds":1e9}""")]
    public void Requests_that_come_after_a_hundred_years(string arrivals) => Cli.Refused(
        Cli.Run("run", Repository.Path("scenarios/quick-start.json"), "--set", "workload.arrivals=" + arrivals, "--out", Path.Combine(_folder, "out")),
        "workload.arrivals", "100");

    [Fact]
    public void A_folder_or_a_device_in_place_of_a_file()
    {
        Cli.Refused(Cli.Run("run", _folder), "is a folder");
        if (!System.IO.File.Exists("/dev/zero")) return;
        Cli.Refused(Cli.Run("run", "/dev/zero"), "/dev/zero", "has no end");
        foreach (var name in new[] { "endless.json", "endless.csv", "endless.onnx" }) System.IO.File.CreateSymbolicLink(Path.Combine(_folder, name), "/dev/zero");
        Cli.Refused(Cli.Run("inspect", Path.Combine(_folder, "endless.json")), "endless.json");
        Cli.Refused(Cli.Run("inspect", Path.Combine(_folder, "endless.onnx")), "endless.onnx");
        Cli.Refused(Cli.Run("analyze", "llama-2-7b", "--on", Path.Combine(_folder, "endless.json")), "endless.json");
        Cli.Refused(Cli.Run("compare", Path.Combine(_folder, "endless.json"), Path.Combine(_folder, "endless.csv")), "endless");
        Cli.Refused(Cli.Run("run", Repository.Path("scenarios/quick-start.json"), "--set", "workload.trace=/dev/zero", "--out", Path.Combine(_folder, "out")), "/dev/zero");
    }

    [Fact]
    public void All_wrong_members_at_once()
    {
        var quick = Repository.Path("scenarios/quick-start.json");
        Cli.Refused(
            Cli.Run("run", quick, "--set", "bogus=1", "--set", "engine.policy=foo", "--set", "model=zzz", "--set", "machine.hardware=yyy"),
            "bogus", "\"foo\" is no policy", "model: no model is called \"zzz\"", "machine.hardware: no device is called \"yyy\"");
        Cli.Refused(
            Cli.Run("run", quick, "--set", "engine.maxBatchTokens=0", "--set", "engine.blockTokens=0", "--set", "engine.kvBlocks=-1"),
            "--set: engine.maxBatchTokens: 0 is below 1", "--set: engine.blockTokens: 0 is below 1", "--set: engine.kvBlocks: -1 is below 1");
    }

    [Fact]
    public void Swapping_where_the_policy_cannot()
    {
        var quick = Repository.Path("scenarios/quick-start.json");
        Cli.Refused(Cli.Run("run", quick, "--set", "engine.preemption=swap"), "engine.preemption: means nothing for policy vllm-v1", "vllm-v0");
        Cli.Refused(Cli.Run("run", quick, "--set", "engine.policy=vllm-v0", "--set", "engine.preemption=swap"), "engine.preemption", "swapBlocks");
    }

    [Fact]
    public void A_link_that_nothing_goes_over_is_noted()
    {
        var run = Cli.Run("run", Repository.Path("scenarios/quick-start.json"), "--set", "kvLink={\"layerByLayer\": true}", "--set", "workload.requests=20", "--out", Path.Combine(_folder, "out"));
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("note: kvLink is not used", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Axes_and_zip_at_once_in_a_sweep_and_in_a_run()
    {
        var quick = Repository.Path("scenarios/quick-start.json");
        string[] wrong = ["--set", "axes={\"workload.bogus\":[1,2],\"workload.arrivals.rate\":{\"from\":5,\"to\":1},\"engine.policy\":[\"sarathi\",\"foo\"]}", "--set", "zip=[[\"a\",\"b\"]]"];
        foreach (var command in new[] { "run", "sweep" })
            Cli.Refused(Cli.Run([command, quick, .. wrong, "--out", Path.Combine(_folder, "out")]), "workload.bogus", "steps: is missing", "\"foo\" is no policy", "\"a\" is no axis", "\"b\" is no axis");
        Cli.Refused(Cli.Run("run", quick, "--set", "axes={\"workload.bogus\":[1,2]}", "--out", Path.Combine(_folder, "out")), "workload.bogus");
    }

    [Fact]
    public void A_prompt_in_decode() => Cli.Refused(Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--phase", "decode", "--prompt", "5"), "--prompt");

    [Fact]
    public void Not_an_onnx_file() => Cli.Refused(Cli.Run("inspect", File("text.onnx", "this is no model")), "text.onnx");

    [Fact]
    public void A_truncated_file()
    {
        var bytes = System.IO.File.ReadAllBytes(Repository.Path("models/llama-2-7b.onnx"));
        var path = Path.Combine(_folder, "half.onnx");
        System.IO.File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Cli.Refused(Cli.Run("inspect", path), "half.onnx");
    }

    [Fact]
    public void No_such_file() => Cli.Refused(Cli.Run("inspect", Path.Combine(_folder, "none.onnx")), "none.onnx");

    [Fact]
    public void A_config_that_lacks_fields() =>
        Cli.Refused(Cli.Run("analyze", File("c.json", """{ "model_type": "llama", "hidden_size": -4096 }"""), "--on", "a6000"), "hidden_size", "num_hidden_layers");

    [Fact]
    public void A_hardware_file_with_a_negative_bandwidth()
    {
        var text = System.IO.File.ReadAllText(Repository.Path("hardware/a6000.json"))
            .Replace("\"bandwidthBytesPerSecond\": 768e9", "\"bandwidthBytesPerSecond\": -768e9", StringComparison.Ordinal);
        Cli.Refused(Cli.Run("analyze", "llama-2-7b", "--on", File("h.json", text)), "h.json", "bandwidthBytesPerSecond", "-768e9");
    }

    [Fact]
    public void A_graph_whose_nodes_wait_for_each_other()
    {
        var path = Path.Combine(_folder, "cycle.onnx");
        System.IO.File.WriteAllBytes(path, CyclicGraph());
        Cli.Refused(Cli.Run("inspect", path), "cycle.onnx", "cycle", "first", "second");
        Cli.Refused(Cli.Run("analyze", path, "--on", "a6000"), "cycle.onnx", "cycle");
    }

    [Fact]
    public void Units_that_nobody_offers() => Cli.Refused(
        Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--placement", "pim-attention", "--micro-batches", "2", "--ep", "4", "--offload-weights", "0.5"),
        "--placement: \"pim-attention\" cannot be: a6000 has no units in its memory", "--micro-batches", "--ep", "--placement: \"pim-attention\" stands beside offloading");

    [Fact]
    public void Units_that_nobody_offers_in_a_scenario()
    {
        foreach (var more in new[] { "\"pass\": {}", "\"workload\": { \"arrivals\": { \"kind\": \"poisson\", \"rate\": 1 }, \"lengths\": { \"kind\": \"azure-code\" } }" })
        {
            Cli.Refused(
                Cli.Run("run", File("s.json", "{ \"model\": \"llama-2-7b\",\n \"machine\": { \"hardware\": \"groq-lpu\", \"placement\": \"cpu-attention\" },\n " + more + " }"), "--out", Path.Combine(_folder, "out")),
                "s.json", "machine.placement", "\"cpu-attention\" cannot be", "describe them in the hardware file");
        }

        Assert.False(Directory.Exists(Path.Combine(_folder, "out")));
    }

    [Fact]
    public void Shares_over_100_percent()
    {
        Cli.Refused(Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--offload-weights", "1.4", "--offload-kv", "-1", "--offload-to", "moon"), "--offload-weights: \"1.4\"", "--offload-kv: \"-1\"", "moon");
        Cli.Refused(
            Cli.Run("run", File("s.json", """
                { "model": "llama-2-7b",
                  "machine": { "hardware": "a6000",
                    "offload": { "weights": { "host": 0.7, "flash": 0.6 }, "kv": 1.5, "schedule": "layer-ahead" } },
                  "pass": { "batch": 0 } }
                """)),
            "s.json:3: machine.offload.weights: 130 % lie outside the device", "s.json:3: machine.offload.kv: 1.5 is out of range", "s.json:4: pass.batch: 0 is out of range");
        Cli.Refused(
            Cli.Run("run", File("s.json", """{ "model": "llama-2-7b", "machine": { "hardware": "a6000", "offload": { "schedule": "flexgen", "weights": 0.5 } }, "pass": {} }""")),
            "machine.offload.weights: means nothing with schedule \"flexgen\"");
    }

    [Fact]
    public void A_link_that_is_not_there_and_a_memory_of_no_size()
    {
        var text = System.IO.File.ReadAllText(Repository.Path("hardware/a6000.json"))
            .Replace("\"link\": \"pcie\"", "\"link\": \"bridge\"", StringComparison.Ordinal)
            .Replace("\"name\": \"gddr\", \"kind\": \"device\", \"capacityBytes\": 51539607552", "\"name\": \"gddr\", \"kind\": \"device\", \"capacityBytes\": 0", StringComparison.Ordinal);
        Cli.Refused(Cli.Run("analyze", "llama-2-7b", "--on", File("h.json", text)), "h.json", "\"bridge\" is no link of this device", "capacityBytes", "0");
        Cli.Refused(Cli.Run("hardware", "show", File("h.json", text)), "\"bridge\"", "capacityBytes");
    }

    [Theory]
    [InlineData("--pp", "33", "33 stages for 32 layers")]
    [InlineData("--ep", "2", "2 differs from the 1 tensor-parallel devices")]
    [InlineData("--tp", "3", "divide evenly")]
    [InlineData("--offload", "flexgen", "ask for phase generate")]
    [InlineData("--offload", "layer-ahead", "moves nothing")]
    [InlineData("--output", "8", "--phase generate")]
    [InlineData("--launch", "2", "not a time from 0 to 1 s")]
    [InlineData("--allocator", "malloc", "exact or pytorch or cuda-pages")]
    [InlineData("--collectives", "best", "auto or ring or tree or one-shot")]
    public void Parallelism_and_offloading_that_cannot_be(string option, string value, string said) =>
        Cli.Refused(Cli.Run("analyze", "llama-2-7b", "--on", "a100-80gb-sxm", option, value), option, said);

    [Fact]
    public void Micro_batches_that_do_not_divide_the_batch() => Cli.Refused(
        Cli.Run("analyze", "llama-2-7b", "--on", "a100-80gb-sxm", "--pp", "2", "--batch", "10", "--micro-batches", "4"), "--micro-batches", "4", "10 sequences", "1, 2, 5, 10");

    [Fact]
    public void Devices_without_a_link_share_no_model()
    {
        var text = System.IO.File.ReadAllText(Repository.Path("hardware/cpu-desktop.json"));
        Assert.DoesNotContain("\"peer\"", text, StringComparison.Ordinal);
        var run = Cli.Run("analyze", "smollm-135m", "--on", "cpu-desktop", "--tp", "3", "--pp", "2");
        Cli.Refused(run, "--tp", "cpu-desktop has no link to other devices");
    }

    [Fact]
    public void An_unknown_command() => Cli.Refused(Cli.Run("analyse", "x"), "analyse");

    [Fact]
    public void A_missing_option() => Cli.Refused(Cli.Run("analyze", "llama-2-7b"), "--on");

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    /// <summary>An ONNX file with two nodes that each read what the other writes, in the wire format: tag, length, content.</summary>
    private static byte[] CyclicGraph()
    {
        static byte[] Field(int number, byte[] content) => [(byte)(number << 3 | 2), (byte)content.Length, .. content];
        static byte[] Text(int number, string text) => Field(number, System.Text.Encoding.UTF8.GetBytes(text));
        static byte[] Node(string name, string input, string output) => [.. Text(1, input), .. Text(2, output), .. Text(3, name), .. Text(4, "Relu")];
        static byte[] Value(string name) => Text(1, name);
        byte[] graph = [.. Field(1, Node("first", "b", "a")), .. Field(1, Node("second", "a", "b")), .. Text(2, "g"), .. Field(11, Value("x")), .. Field(12, Value("a"))];
        // IR version 8, operator set 17.
        return [0x08, 0x08, .. Field(7, graph), .. Field(8, [0x10, 17])];
    }
}
