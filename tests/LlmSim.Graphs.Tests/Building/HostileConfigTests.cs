using System.Text.Json.Nodes;
using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Numbers;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Building;

public sealed class HostileConfigTests
{
    private static readonly string[] Junk =
    [
        "null", "0", "-1", "1", "2", "3", "7", "64", "1.5", "1e9", "1e30", "-1e308", "16777216", "16777217", "9223372036854775807", "\"\"", "\"64\"",
        "true", "false", "[]", "{}", "[1, 2, \"x\"]", "{ \"a\": 1 }", "[[[[]]]]", "\"sliding_attention\"", "[\"sliding_attention\"]",
        "{ \"quant_method\": \"gptq\", \"bits\": 3, \"group_size\": -1 }", "{ \"quant_method\": \"mxfp4\" }", "{ \"quant_method\": 4 }",
        "{ \"quant_method\": \"awq\", \"bits\": 4, \"group_size\": 128 }",
    ];

    /// <summary>Whatever stands in a configuration, it is built or refused: no exception, no unbounded work, and what is built is consistent.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_configuration_is_built_or_refused(int seed)
    {
        var random = new Random(seed);
        var catalogue = new ModelCatalogue(Repository.Path("models"));
        var texts = catalogue.Names.Select(n => File.ReadAllText(catalogue.ConfigPath(n))).ToArray();
        var built = 0;
        for (var round = 0; round < 700; round++)
        {
            var config = JsonNode.Parse(texts[random.Next(texts.Length)])!.AsObject();
            // Small stacks keep the test quick; the number of layers has its own junk below.
            foreach (var layers in new[] { "num_hidden_layers", "n_layer", "num_layers" })
                if (config.ContainsKey(layers)) config[layers] = 2;
            for (var changes = random.Next(4); changes >= 0; changes--)
            {
                var members = config.Select(m => m.Key).Append("layer_types").Append("quantization_config").Append("sliding_window").Append("text_config").ToArray();
                var member = members[random.Next(members.Length)];
                if (random.Next(5) == 0) config.Remove(member);
                else config[member] = JsonNode.Parse(Junk[random.Next(Junk.Length)]);
            }

            var errors = new InputErrors();
            var options = new BuildOptions { Weights = random.Next(3) switch { 0 => null, 1 => NumberFormat.Int4, _ => NumberFormat.Fp16 } };
            var read = HfConfig.Parse("config.json", System.Text.Encoding.UTF8.GetBytes(config.ToJsonString()), errors)!;
            var model = ModelBuilder.Build(read, options, errors);
            Assert.Equal(errors.Any, model is null);
            if (model is null) continue;
            built++;
            var counted = Config.Parameters(model);
            // An odd reduction leaves half a byte unused in each packed row of an expert.
            Assert.InRange(counted, ModelBuilder.Figures(read, errors)!.Parameters, ModelBuilder.Figures(read, errors)!.Parameters * 1.6);
        }

        Assert.InRange(built, 50, 650);
    }
}
