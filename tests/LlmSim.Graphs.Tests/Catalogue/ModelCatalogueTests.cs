using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Tests.Building;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Catalogue;

public sealed class ModelCatalogueTests
{
    private static readonly ModelCatalogue Shipped = new(Repository.Path("models"));

    [Theory]
    [InlineData("llama-2-7b", "llama-2-7b")]
    [InlineData("LLAMA-2-7B", "llama-2-7b")]
    [InlineData("Llama-2-7b-hf", "llama-2-7b")]
    [InlineData("meta-llama/Llama-2-7b-hf", "llama-2-7b")]
    [InlineData("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b")]
    [InlineData("meta-llama/Llama-3.1-8B", "llama-3.1-8b")]
    [InlineData("codellama/CodeLlama-34b-Instruct-hf", "codellama-34b")]
    [InlineData("Qwen/Qwen3-30B-A3B-Instruct-2507", "qwen3-30b-a3b")]
    [InlineData("openai/gpt-oss-120b", "gpt-oss-120b")]
    [InlineData("EleutherAI/gpt-j-6B", "gpt-j-6b")]
    [InlineData("THUDM/chatglm3-6b", "chatglm3-6b")]
    [InlineData("facebook/opt-66b", "opt-66b")]
    [InlineData("internlm/internlm-20b", "internlm-20b")]
    [InlineData("Qwen/Qwen-72B", "qwen-72b")]
    [InlineData("deepseek-ai/DeepSeek-R1", "deepseek-v3")]
    [InlineData("gpt2", "gpt-2")]
    [InlineData("no-such-model", null)]
    [InlineData("", null)]
    public void Names_are_found_in_any_case_by_alias_and_by_hugging_face_id(string written, string? expected) =>
        Assert.Equal(expected, Shipped.NameOf(written));

    [Fact]
    public void No_alias_stands_for_two_models()
    {
        var names = Shipped.All(new InputErrors()).SelectMany(m => m.Aliases.Append(m.Name).Distinct(StringComparer.OrdinalIgnoreCase)).ToList();
        Assert.Equal(names.Count, names.Distinct(StringComparer.OrdinalIgnoreCase).Count());
    }

    [Fact]
    public void The_programs_own_catalogue_is_found_from_its_folder_upwards() =>
        Assert.Equal(Shipped.Names, ModelCatalogue.Default.Names);

    [Fact]
    public void Names_are_lower_case() => Assert.All(Shipped.Names, name => Assert.Equal(name.ToLowerInvariant(), name));

    [Fact]
    public void Entries_carry_the_bytes_of_the_cache()
    {
        var entry = Shipped.Entry("llama-2-7b", new InputErrors())!;
        Assert.Equal(524_288, entry.KvBytesPerToken());
        Assert.Equal(262_144, entry.KvBytesPerToken(NumberFormat.Fp8));
        Assert.True(File.Exists(entry.GraphPath));
    }

    [Fact]
    public void A_model_is_resolved_by_name_by_graph_and_by_configuration()
    {
        var errors = new InputErrors();
        var byName = ModelSource.Resolve("llama-2-7b", errors, Shipped)!;
        var byGraph = ModelSource.Resolve(Shipped.GraphPath("llama-2-7b"), errors, Shipped)!;
        var byConfig = ModelSource.Resolve(Shipped.ConfigPath("llama-2-7b"), errors, Shipped)!;
        errors.ThrowIfAny();
        Assert.Equal(["llama-2-7b", "llama-2-7b", "llama-2-7b"], new[] { byName, byGraph, byConfig }.Select(m => m.Name));
        Assert.Equal(OnnxWriter.ToBytes(byName.Model), OnnxWriter.ToBytes(byConfig.Model));
        Assert.Equal(OnnxWriter.ToBytes(byName.Model), OnnxWriter.ToBytes(byGraph.Model));
    }

    [Fact]
    public void A_model_without_a_shipped_graph_is_built_from_its_configuration()
    {
        var errors = new InputErrors();
        Assert.Null(Shipped.Entry("kimi-k2", errors)!.GraphPath);
        var model = ModelSource.Resolve("moonshotai/Kimi-K2-Instruct", errors, Shipped);
        errors.ThrowIfAny();
        Assert.Equal(1_026_408_232_448, Config.Parameters(model!.Model));
    }

    [Fact]
    public void Options_rebuild_a_graph_of_the_catalogue()
    {
        var model = ModelSource.Resolve("qwen3-8b", new InputErrors(), Shipped, new BuildOptions { Weights = NumberFormat.Int4 })!;
        Assert.Contains(model.Model.Graph.Nodes, n => n.OpType == "MatMulNBits");
    }

    [Theory]
    [InlineData("lama-2-7b", "no model is called \"lama-2-7b\"; did you mean llama-2-7b")]
    [InlineData("xyz", "llama-2-7b.onnx|llmsim models lists them")]
    [InlineData("nowhere/else.onnx", "there is no such file")]
    [InlineData("nowhere/config.json", "no such file")]
    public void What_cannot_be_resolved_says_why(string argument, string expected)
    {
        var errors = new InputErrors();
        Assert.Null(ModelSource.Resolve(argument, errors, Shipped));
        var message = Assert.Single(errors.Items).ToString();
        Assert.Contains(expected.Split('|')[^1], message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_config_json_takes_the_name_of_its_folder()
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-model");
        try
        {
            var path = Path.Combine(folder.FullName, "config.json");
            File.WriteAllText(path, Config.TinyLlama);
            Assert.Equal(folder.Name, ModelSource.Resolve(path, new InputErrors(), Shipped)!.Name);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
