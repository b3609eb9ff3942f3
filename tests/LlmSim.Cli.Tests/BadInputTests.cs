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
        Refused(run, "lama-2-7b", "h1000", "--batch", "--context", "int5", "--kv", "--attention", "--tp", "--time", "--rules", "--logits");
        Assert.Contains("did you mean llama-2-7b", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prompt_in_decode() => Refused(Cli.Run("analyze", "llama-2-7b", "--on", "a6000", "--phase", "decode", "--prompt", "5"), "--prompt");

    [Fact]
    public void Not_an_onnx_file() => Refused(Cli.Run("inspect", File("text.onnx", "this is no model")), "text.onnx");

    [Fact]
    public void A_truncated_file()
    {
        var bytes = System.IO.File.ReadAllBytes(Repository.Path("models/llama-2-7b.onnx"));
        var path = Path.Combine(_folder, "half.onnx");
        System.IO.File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);
        Refused(Cli.Run("inspect", path), "half.onnx");
    }

    [Fact]
    public void No_such_file() => Refused(Cli.Run("inspect", Path.Combine(_folder, "none.onnx")), "none.onnx");

    [Fact]
    public void A_config_that_lacks_fields() =>
        Refused(Cli.Run("analyze", File("c.json", """{ "model_type": "llama", "hidden_size": -4096 }"""), "--on", "a6000"), "hidden_size", "num_hidden_layers");

    [Fact]
    public void A_hardware_file_with_a_negative_bandwidth()
    {
        var text = System.IO.File.ReadAllText(Repository.Path("hardware/a6000.json"))
            .Replace("\"bandwidthBytesPerSecond\": 768e9", "\"bandwidthBytesPerSecond\": -768e9", StringComparison.Ordinal);
        Refused(Cli.Run("analyze", "llama-2-7b", "--on", File("h.json", text)), "h.json", "bandwidthBytesPerSecond", "-768e9");
    }

    [Fact]
    public void An_unknown_command() => Refused(Cli.Run("analyse", "x"), "analyse");

    [Fact]
    public void A_missing_option() => Refused(Cli.Run("analyze", "llama-2-7b"), "--on");

    private static void Refused(Cli.Result run, params string[] named)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
        foreach (var name in named) Assert.Contains(name, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    private string File(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
