using System.CommandLine;
using LlmSim.Charts.Numbers;
using LlmSim.Cli.Options;
using LlmSim.Files;
using LlmSim.Graphs.Building;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim build-model</c>: writes the weightless graph of a Hugging Face configuration.</summary>
internal static class BuildModelCommand
{
    public static Command Create()
    {
        var config = new Argument<string>("CONFIG") { Description = "a Hugging Face config.json" };
        var to = new Option<string>("--out") { Description = "the .onnx file to write", HelpName = "FILE", Required = true };
        var weights = new Option<string?>("--weights") { Description = "weight storage: fp16, bf16, fp32, int8 or int4 (default: as the configuration says)", HelpName = "FORMAT" };
        var activations = new Option<string>("--activations") { Description = "fp16, bf16 or fp32", HelpName = "FORMAT", DefaultValueFactory = _ => "fp16" };
        var block = new Option<string>("--block-size") { Description = "weights that share a scale in int8 and int4 matrices", HelpName = "N", DefaultValueFactory = _ => "32" };
        var command = new Command(
            "build-model", "Writes the ONNX graph of a model, without weights, from its configuration. Example: llmsim build-model config.json --out model.onnx")
        {
            config, to, weights, activations, block,
        };
        command.SetAction(parsed =>
        {
            var errors = new InputErrors();
            var options = new BuildOptions
            {
                Activations = PassOptions.Format("--activations", parsed.GetValue(activations), NumberFormat.Fp16, errors),
                Weights = parsed.GetValue(weights) is { } text ? PassOptions.Format("--weights", text, NumberFormat.Fp16, errors) : null,
            };
            var blocks = IntegerRange.Parse("--block-size", parsed.GetValue(block)!, 16, 256, errors);
            if (blocks.Count > 0) options = options with { BlockSize = blocks[0] };
            var read = HfConfig.Read(parsed.GetValue(config)!, errors);
            var model = read is null || errors.Any ? null : ModelBuilder.Build(read, options, errors);
            var file = parsed.GetValue(to)!;
            if (!file.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase)) errors.Add("--out", 0, "", $"\"{file}\" does not end in .onnx, as a graph does", "name the .onnx file to write");
            // A mistyped folder is not made, as a folder of results would be: the file belongs where a model lies.
            else if (!Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))) errors.Add("--out", 0, "", $"the folder of \"{file}\" does not exist", "make it, or name another");
            errors.ThrowIfAny();
            AtomicFile.WriteBytes(file, OnnxWriter.ToBytes(model!));
            parsed.InvocationConfiguration.Output.WriteLine(
                $"{file}: {model!.Graph.Nodes.Count:N0} nodes, {SiFormat.Value(new FileInfo(file).Length, Unit.Bytes)}, no weights");
            return CommandLine.Done;
        });
        return command;
    }
}
