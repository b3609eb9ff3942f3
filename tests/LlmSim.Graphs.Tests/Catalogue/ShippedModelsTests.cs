using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Onnx;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Catalogue;

/// <summary>The graphs in models/ are what the builder makes of models/configs, byte for byte. LLMSIM_REBUILD_MODELS=1 writes them anew.</summary>
public sealed class ShippedModelsTests
{
    private static readonly ModelCatalogue Shipped = new(Repository.Path("models"));

    private static readonly string[] Graphs =
        Directory.GetFiles(Shipped.Folder, "*.onnx").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal).ToArray();

    [Fact]
    public void Every_graph_is_rebuilt_byte_for_byte()
    {
        var rebuild = Environment.GetEnvironmentVariable("LLMSIM_REBUILD_MODELS") == "1";
        var different = new List<string>();
        foreach (var name in Graphs)
        {
            var errors = new InputErrors();
            var model = ModelBuilder.Build(HfConfig.Read(Shipped.ConfigPath(name), errors)!, new BuildOptions(), errors);
            errors.ThrowIfAny();
            var bytes = OnnxWriter.ToBytes(model!);
            if (rebuild) File.WriteAllBytes(Shipped.GraphPath(name), bytes);
            if (!File.ReadAllBytes(Shipped.GraphPath(name)).AsSpan().SequenceEqual(bytes)) different.Add(name);
        }

        Assert.True(different.Count == 0, "not what the builder makes: " + string.Join(", ", different) + "; run this test with LLMSIM_REBUILD_MODELS=1");
    }

    [Fact]
    public void The_graphs_that_people_are_promised_are_there_and_small()
    {
        string[] promised =
        [
            "llama-2-7b", "llama-2-13b", "llama-2-70b", "llama-3.1-8b", "llama-3.1-70b", "mistral-7b", "mixtral-8x7b", "qwen3-8b", "qwen3-32b",
            "qwen3-30b-a3b", "deepseek-v3", "gpt-oss-20b", "gpt-oss-120b", "opt-125m", "opt-1.3b", "opt-6.7b", "opt-30b", "opt-66b", "opt-175b",
            "gpt-j-6b", "chatglm3-6b", "gpt-2", "llama-1-7b", "llama-1-65b", "llama-3-8b", "llama-3-70b", "qwen2.5-7b", "phi-3-mini", "gemma-2-9b",
            "deepseek-v2-lite",
        ];
        Assert.Empty(promised.Except(Graphs));
        Assert.Empty(Graphs.Except(Shipped.Names));
        Assert.InRange(Graphs.Sum(g => new FileInfo(Shipped.GraphPath(g)).Length), 1, 12_000_000);
    }
}
