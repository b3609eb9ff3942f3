using System.CommandLine;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Models;
using LlmSim.Studies.Passes;
using LlmSim.Studies.Runs;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim analyze</c>: one forward pass, or ranges of them, on the roofline.</summary>
internal static class AnalyzeCommand
{
    private const string Help = """
        Counts and times one forward pass: roofline per operator and in total, peak memory.

        Examples:
          llmsim analyze llama-2-7b --on a6000 --phase decode --context 2048
          llmsim analyze model.onnx --on h100-80gb-sxm --prompt 2048 --weights int4 --out report
          llmsim analyze llama-3.1-70b --on h100-80gb-sxm --tp 4 --batch 1..256 --context 4096
          llmsim analyze llama-3.1-70b --on h100-80gb-sxm --pp 4 --batch 64 --micro-batches 8 --timeline pipeline
          llmsim analyze mixtral-8x7b --on h100-80gb-sxm --ep 8 --dp-attention --batch 512
          llmsim analyze llama-2-7b --on a100-hbm-pim --placement pim-attention --batch 16
          llmsim analyze opt-30b --on t4 --phase generate --prompt 512 --output 32 --batch 144 --offload flexgen
          llmsim analyze llama-2-7b --on llm-viewer/nvidia_a6000 --prompt 2048 --rules llm-viewer
          llmsim analyze llama-3.1-8b --on h100-80gb-sxm --batch 64 --table gemm.csv --table generation_attention.csv

        --table takes measured operator times of the device: AIConfigurator's gemm and attention tables as CSV, Vidur's mlp.csv and attention.csv,
        LLMServingSim's dense.csv, per_sequence.csv and attention.csv, or our own (docs/hardware.md). Their utilisation of the roofline is interpolated
        between their points; beyond these and for all other operators the fitted times are used, and the output says which.
        """;

    public static Command Create()
    {
        var model = new Argument<string>("MODEL") { Description = "an .onnx file, a Hugging Face config.json, or a name of the catalogue ('llmsim models')" };
        var on = new Option<string>("--on") { Description = "a device of the catalogue ('llmsim hardware') or a hardware file", HelpName = "HARDWARE", Required = true };
        var time = new Option<string?>("--time") { Description = "operator times: fitted where the device has constants (the default), ideal, or measured (with --table)", HelpName = "ideal|fitted|measured" };
        var tables = new Option<string[]>("--table") { Description = "a measured operator table of the device, used within its points (repeatable; see above)", HelpName = "FILE", DefaultValueFactory = _ => [] };
        var @out = CommonOptions.Out("write charts, CSV, JSON and a page to click through into this folder");
        var timeline = new Option<string?>("--timeline")
        {
            Description = "place the pass on its units and write a Perfetto trace, a table and a Gantt chart into this folder",
            HelpName = "DIR",
        };
        var format = CommonOptions.Format();
        var quiet = CommonOptions.Quiet();
        var pass = new PassOptions();
        var machineOptions = new MachineOptions();
        var command = new Command("analyze", Help) { model, on };
        pass.AddTo(command);
        machineOptions.AddTo(command);
        foreach (var option in (Option[])[time, tables, @out, timeline, format, quiet]) command.Add(option);

        command.SetAction(parsed =>
        {
            var errors = new InputErrors();
            var device = Find(parsed.GetValue(on)!, errors);
            var loaded = ModelLoading.Load(parsed.GetValue(model)!, errors);
            var phase = pass.Phase(parsed, errors);
            var output = pass.OutputTokens(parsed, errors);
            var rules = pass.Rules(parsed, errors);
            var batches = pass.Batches(parsed, errors);
            var lengths = pass.Lengths(parsed, phase, errors);
            var precision = pass.Precision(parsed, loaded, errors);
            var choices = new PassChoices(
                phase, output, pass.FusedAttention(parsed, rules, errors), pass.AllLogits(parsed, errors), Fused: false, machineOptions.MicroBatches(parsed, errors), rules)
            {
                ChunkTokens = pass.Chunk(parsed, errors),
                AttentionInBlocks = pass.AttentionInBlocks(parsed),
                Streams = pass.Streams(parsed, errors),
                LaunchSeconds = pass.Launch(parsed, errors),
                Allocator = pass.Allocator(parsed, errors),
            };
            var machine = machineOptions.Machine(parsed, errors);
            if (batches.Count * (long)lengths.Count > IntegerRange.MaxPoints)
                errors.Add("--batch", 0, "", $"{batches.Count} batch sizes × {lengths.Count} lengths are more than {IntegerRange.MaxPoints} points", "ask for fewer");
            if (parsed.GetValue(timeline) is not null)
            {
                if (batches.Count * (long)lengths.Count > 1) errors.Add("--timeline", 0, "", "shows one pass", "ask for one batch size and one length");
                if (rules == CountingRules.LlmViewer) errors.Add("--timeline", 0, "", "the survey's tool adds operators up and places none", "use --rules standard");
            }

            var files = parsed.GetValue(tables)!;
            var timeModel = TimeModelChoice.For(device, parsed.GetValue(time), files.Length > 0, machine.Kernels, rules, errors);
            if (loaded is not null && timeModel is not null) timeModel = OperatorTables.Over(timeModel, files, loaded, machine, device!, device!, precision, errors);
            var setup = loaded is null || timeModel is null ? null : PassSetup.Of(loaded, device!, timeModel, precision, machine, choices, PassWords.Options, errors);
            errors.ThrowIfAny();

            var answers = new List<PassAnswer>();
            foreach (var batch in batches)
                foreach (var length in lengths) answers.Add(PassAnalysis.Answer(setup!.Question(batch, length)));

            var configuration = parsed.InvocationConfiguration;
            Write(answers, parsed.GetValue(format), configuration.Output);
            if (!parsed.GetValue(quiet))
            {
                foreach (var note in loaded!.Notes) configuration.Error.WriteLine("note: " + note);
                // Where the output itself has no place for them.
                if (parsed.GetValue(format) == OutputFormat.Csv)
                    foreach (var warning in answers[0].Question.Time.Warnings) configuration.Error.WriteLine("warning: " + warning);
            }

            if (parsed.GetValue(@out) is { } folder)
            {
                AnalysisFolder.Write(folder, answers);
                if (!parsed.GetValue(quiet)) configuration.Error.WriteLine($"Charts, data and a page: {Path.Combine(folder, "index.html")}");
            }

            if (parsed.GetValue(timeline) is { } trace)
            {
                PassTimelineFolder.Write(trace, answers[0].Question);
                if (!parsed.GetValue(quiet)) configuration.Error.WriteLine($"Timeline: {Path.Combine(trace, "trace.json")} (open in https://ui.perfetto.dev), gantt.svg, activities.csv");
            }

            // That a pass does not fit is a result, said in words and figures; the analysis itself succeeded.
            return CommandLine.Done;
        });
        return command;
    }

    private static void Write(List<PassAnswer> answers, OutputFormat format, TextWriter output)
    {
        switch (format)
        {
            case OutputFormat.Json: AnalysisOutput.WriteJson(answers, output); break;
            case OutputFormat.Csv: AnalysisOutput.WriteCsv(answers, output); break;
            default:
                if (answers.Count == 1) AnalysisOutput.WriteTable(answers[0], output);
                else AnalysisOutput.WriteTable(answers, output);
                break;
        }
    }

    private static Device? Find(string name, InputErrors errors)
    {
        try
        {
            return HardwareCatalogue.Default.Find(name);
        }
        catch (InputException wrong)
        {
            foreach (var item in wrong.Errors.Items) errors.Add(item);
            return null;
        }
    }
}
