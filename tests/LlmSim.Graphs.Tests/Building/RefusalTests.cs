using LlmSim.Graphs.Building;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Tests.Building;

public sealed class RefusalTests
{
    [Fact]
    public void Everything_wrong_is_reported_at_once_with_line_and_remedy()
    {
        var errors = Config.Errors("""
            {
              "model_type": "llama",
              "hidden_size": -64,
              "num_hidden_layers": 2.5,
              "num_attention_heads": "four",
              "intermediate_size": 0,
              "max_position_embeddings": 1e999,
              "rms_norm_eps": -1
            }
            """);
        Assert.Equal(
        [
            "config.json:3: hidden_size: -64 is out of range; write a number from 1 to 16777216",
            "config.json:5: num_attention_heads: \"four\" is not a number",
            "config.json:4: num_hidden_layers: 2.5 is not a whole number",
            "config.json:1: vocab_size: is missing",
            "config.json:7: max_position_embeddings: 1e999 is out of range; write a number from 1 to 1073741824",
            "config.json:8: rms_norm_eps: -1 is out of range; write a number from 0 to 1",
            "config.json:6: intermediate_size: 0 is out of range; write a number from 1 to 16777216",
        ], errors);
    }

    [Theory]
    [InlineData("hidden_size")]
    [InlineData("num_hidden_layers")]
    [InlineData("num_attention_heads")]
    [InlineData("intermediate_size")]
    [InlineData("vocab_size")]
    [InlineData("max_position_embeddings")]
    public void A_configuration_without_a_needed_field_is_refused(string member)
    {
        Assert.Contains(Config.Errors(Config.With(Config.TinyLlama, member, null)), e => e.Contains($"{member}: is missing", StringComparison.Ordinal));
        Assert.Contains(Config.Errors(Config.With(Config.TinyLlama, member, "null")), e => e.Contains($"{member}: is missing", StringComparison.Ordinal));
        Assert.Contains(Config.Errors(Config.With(Config.TinyLlama, member, "0")), e => e.Contains($"{member}: 0 is out of range", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("num_attention_heads", "5", "hidden_size: 64 is not a multiple of num_attention_heads 5")]
    [InlineData("num_key_value_heads", "3", "num_attention_heads: 4 is not a multiple of num_key_value_heads 3")]
    [InlineData("head_dim", "15", "15 rotated dimensions a head are not an even number from 2 to the head's 15")]
    [InlineData("head_dim", "16000000", "are wider than")]
    [InlineData("hidden_act", "\"snake\"", "\"snake\" is not a known activation function")]
    [InlineData("num_hidden_layers", "1000000", "is out of range")]
    public void Sizes_that_contradict_each_other_are_refused(string member, string json, string expected) =>
        Assert.Contains(expected, Assert.Single(Config.Errors(Config.With(Config.TinyLlama, member, json))), StringComparison.Ordinal);

    [Fact]
    public void An_unknown_architecture_is_named_with_those_that_are_known()
    {
        var error = Assert.Single(Config.Errors("{ \"model_type\": \"mamba\",\n \"architectures\": [\"MambaForCausalLM\"] }"));
        Assert.StartsWith("config.json:1: model_type: the builder does not know the architecture \"mamba\"; known: llama, mistral, ", error, StringComparison.Ordinal);
        Assert.Contains("model_type: is missing", Assert.Single(Config.Errors("{}")), StringComparison.Ordinal);
        Assert.Contains("is not an object", Assert.Single(Config.Errors("[1, 2]")), StringComparison.Ordinal);
        Assert.Contains("not valid JSON", Assert.Single(Config.Errors("{ \"hidden_size\": 1")), StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_only_python_writes_are_refused_where_they_are_needed_and_passed_over_elsewhere()
    {
        var text = Config.TinyLlama.Replace("\"hidden_size\": 64", "\"hidden_size\": NaN, \"note\": \"NaN \\\" Infinity\", \"limits\": [-Infinity, Infinity]", StringComparison.Ordinal);
        Assert.Equal("config.json:3: hidden_size: \"NaN\" is not a number", Assert.Single(Config.Errors(text)));
        Assert.Empty(Config.Errors(text.Replace("\"hidden_size\": NaN", "\"hidden_size\": 64", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_class_name_finds_the_architecture_when_model_type_does_not() =>
        Assert.Equal("llama", Config.Build(Config.With(Config.With(Config.TinyLlama, "model_type", "\"house-made\""), "architectures", "[\"LlamaForCausalLM\"]")).Metadata[0].Value);

    [Fact]
    public void Layer_types_must_be_known_and_as_many_as_layers()
    {
        var mistral = Config.With(Config.TinyLlama, "model_type", "\"mistral\"");
        var windowed = Config.With(mistral, "sliding_window", "16");
        Assert.Empty(Config.Errors(Config.With(windowed, "layer_types", """["sliding_attention", "full_attention"]""")));
        Assert.Contains("lists 1 layers", Assert.Single(Config.Errors(Config.With(windowed, "layer_types", """["full_attention"]"""))), StringComparison.Ordinal);
        Assert.Contains("\"linear_attention\" is a type of layer", Assert.Single(Config.Errors(Config.With(windowed, "layer_types", """["full_attention", "linear_attention"]"""))), StringComparison.Ordinal);
        Assert.Contains("is missing, but layer 0", Config.Errors(Config.With(mistral, "layer_types", """["sliding_attention", "full_attention"]"""))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void More_experts_per_token_than_experts_is_refused()
    {
        var mixtral = Config.With(Config.With(Config.TinyLlama, "model_type", "\"mixtral\""), "num_local_experts", "4");
        Assert.Empty(Config.Errors(Config.With(mixtral, "num_experts_per_tok", "4")));
        Assert.Contains("5 is more than the 4 experts", Assert.Single(Config.Errors(Config.With(mixtral, "num_experts_per_tok", "5"))), StringComparison.Ordinal);
    }

    [Fact]
    public void Sizes_that_are_each_in_bounds_but_together_beyond_any_model_are_refused()
    {
        var huge = Config.With(Config.With(Config.TinyLlama, "hidden_size", "16777216"), "intermediate_size", "16777216");
        Assert.Contains("parameters, which no model has", Assert.Single(Config.Errors(huge)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("do_layer_norm_before", "false", "OPT-350M")]
    [InlineData("word_embed_proj_dim", "32", "projected embeddings are not supported")]
    public void Variants_that_the_builder_cannot_write_are_refused(string member, string json, string expected)
    {
        const string opt = """{ "model_type": "opt", "hidden_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4, "ffn_dim": 256, "vocab_size": 100, "max_position_embeddings": 32 }""";
        Assert.Empty(Config.Errors(opt));
        Assert.Contains(expected, Assert.Single(Config.Errors(Config.With(opt, member, json))), StringComparison.Ordinal);
    }

    [Fact]
    public void Formats_that_do_not_go_together_are_refused()
    {
        Assert.Contains("--activations", Assert.Single(Config.Errors(Config.TinyLlama, new BuildOptions { Activations = NumberFormat.Int8 })), StringComparison.Ordinal);
        Assert.Contains("--weights", Assert.Single(Config.Errors(Config.TinyLlama, new BuildOptions { Weights = NumberFormat.Fp32 })), StringComparison.Ordinal);
        Assert.Contains("--block-size", Assert.Single(Config.Errors(Config.TinyLlama, new BuildOptions { BlockSize = 48 })), StringComparison.Ordinal);
    }
}
