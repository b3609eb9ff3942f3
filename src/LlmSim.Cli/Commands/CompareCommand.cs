using System.CommandLine;
using System.Globalization;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Studies.Comparisons;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim compare</c>: runs side by side, measured ones too.</summary>
internal static class CompareCommand
{
    private const string Help = """
        Puts runs side by side; the first is what the others are compared with. A run is a run folder, a measured requests.csv or
        requests.jsonl, or the JSON that vLLM's serving benchmark writes.

        Example:
          llmsim compare measured/requests.csv runs/quick-start runs/other
        """;

    public static Command Create()
    {
        var runs = new Argument<string[]>("RUN") { Description = "run folders, or files with measured requests", Arity = ArgumentArity.OneOrMore };
        var format = CommonOptions.Format();
        var quiet = CommonOptions.Quiet();
        var command = new Command("compare", Help) { runs, format, quiet };
        command.SetAction(parsed =>
        {
            var paths = parsed.GetValue(runs)!;
            if (paths.Length < 2) throw new InputException(new InputError("RUN", 0, "", "one run cannot be compared", "name two or more"));
            var comparison = Comparison.Of(paths);
            var columns = new List<string> { "metric" };
            foreach (var (run, i) in comparison.Runs.Select((r, i) => (r, i)))
            {
                // Columns are members of a JSON object too: two runs of one name are told apart by their place.
                var name = comparison.Runs.Count(r => r.Name == run.Name) > 1 ? $"{run.Name} [{i + 1}]" : run.Name;
                columns.Add(name + (run.IsMeasured ? " (measured)" : ""));
                if (i > 0) columns.Add($"{name} vs first");
            }

            var sheet = new Sheet([.. columns]);
            foreach (var metric in comparison.Metrics)
            {
                var cells = new List<Cell> { metric.Metric.Unit.Length > 0 ? $"{metric.Metric.Name} ({metric.Metric.Unit})" : metric.Metric.Name };
                for (var i = 0; i < metric.Values.Count; i++)
                {
                    cells.Add(Cell.Si(metric.Values[i]));
                    if (i > 0) cells.Add(Relative(metric.Relative[i]));
                }

                sheet.Add([.. cells]);
            }

            sheet.Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output);
            if (!parsed.GetValue(quiet))
                foreach (var note in comparison.Notes) parsed.InvocationConfiguration.Error.WriteLine("note: " + note);
            return CommandLine.Done;
        });
        return command;
    }

    private static Cell Relative(double relative) => double.IsFinite(relative)
        ? new((relative * 100).ToString("+0.0;-0.0;0", CultureInfo.InvariantCulture) + " %", CsvText.Field(relative), true, relative)
        : new("–", "", true);
}
