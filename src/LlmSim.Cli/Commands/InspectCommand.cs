using System.CommandLine;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Studies.Models;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim inspect</c>: what a graph holds, literally as exported.</summary>
internal static class InspectCommand
{
    private const string Help = """
        Shows what a graph holds: inputs, operators, layers, parameters, bytes. Counts every node literally as exported.

        Examples:
          llmsim inspect model.onnx
          llmsim inspect llama-2-7b --batch 1 --sequence 128 --past 1024 --format csv
        """;

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "an .onnx file, a Hugging Face config.json, or a name of the catalogue ('llmsim models')" };
        var batch = new Option<string>("--batch") { Description = "sequences for which work and shapes are counted", HelpName = "N", DefaultValueFactory = _ => "1" };
        var sequence = new Option<string>("--sequence") { Description = "new tokens of each sequence", HelpName = "N", DefaultValueFactory = _ => "1" };
        var past = new Option<string>("--past") { Description = "tokens of each sequence that are already cached", HelpName = "N", DefaultValueFactory = _ => "1024" };
        var format = CommonOptions.Format();
        var quiet = CommonOptions.Quiet();
        var command = new Command("inspect", Help) { model, batch, sequence, past, format, quiet };
        command.SetAction(parsed =>
        {
            var errors = new InputErrors();
            var b = One("--batch", parsed.GetValue(batch)!, 1, errors);
            var s = One("--sequence", parsed.GetValue(sequence)!, 1, errors);
            var p = One("--past", parsed.GetValue(past)!, 0, errors);
            var loaded = ModelLoading.LoadGraph(parsed.GetValue(model)!, errors);
            errors.ThrowIfAny();
            var inspection = GraphInspection.Of(loaded!, b, s, p);
            var configuration = parsed.InvocationConfiguration;
            InspectionOutput.Write(inspection, parsed.GetValue(format), configuration.Output);
            if (!parsed.GetValue(quiet))
                foreach (var note in inspection.Model.Notes) configuration.Error.WriteLine("note: " + note);
            return CommandLine.Done;
        });
        return command;
    }

    private static int One(string option, string text, int min, InputErrors errors)
    {
        var values = IntegerRange.Parse(option, text, min, 1 << 27, errors);
        if (values.Count > 1) errors.Add(option, 0, "", "takes one number");
        return values.Count == 0 ? min : values[0];
    }
}
