using System.CommandLine;
using LlmSim.Charts;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Cli.Commands;

/// <summary>What every command that takes a scenario takes: the file, members set over it, a folder, a format.</summary>
internal sealed class ScenarioArguments(string folder)
{
    private const string SkipBadRows = "workload.skipBadRows=true";

    private readonly Argument<string> _scenario = new("SCENARIO") { Description = "a scenario file" };
    private readonly Option<string[]> _set = new("--set") { Description = "sets a member of the scenario: --set workload.arrivals.rate=6 (may be repeated)", HelpName = "PATH=VALUE" };
    private readonly Option<bool> _skip = new("--skip-bad-rows") { Description = "leave out malformed rows of a trace and count them" };
    private readonly Option<string?> _out = CommonOptions.Out(folder);
    private readonly Option<OutputFormat> _format = CommonOptions.Format();
    private readonly Option<bool> _quiet = CommonOptions.Quiet();
    private readonly Option<string> _renderer = Renderers.Option();

    /// <summary>Adds them to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_scenario);
        foreach (var option in (Option[])[_set, _skip, _out, _format, _quiet]) command.Add(option);
    }

    /// <summary>Adds the choice of what draws the charts, for a command that draws some.</summary>
    public void AddRendererTo(Command command) => command.Add(_renderer);

    /// <summary>What draws the charts; null for the built-in renderer.</summary>
    public IChartRenderer? Renderer(ParseResult parsed) => Renderers.Find(parsed.GetValue(_renderer)!);

    /// <summary>Reads the scenario with what was set over it, and says what gave way to that.</summary>
    public ScenarioFile Load(ParseResult parsed)
    {
        var set = parsed.GetValue(_set) ?? [];
        var file = ScenarioFile.Load(parsed.GetValue(_scenario)!, parsed.GetValue(_skip) ? [.. set, SkipBadRows] : set);
        if (!Quiet(parsed))
            foreach (var note in file.Notes) parsed.InvocationConfiguration.Error.WriteLine("note: " + note);
        return file;
    }

    /// <summary>The folder asked for; null when none was.</summary>
    public string? Folder(ParseResult parsed) => parsed.GetValue(_out);

    /// <summary>The format.</summary>
    public OutputFormat Format(ParseResult parsed) => parsed.GetValue(_format);

    /// <summary>Whether progress and notes are unwanted.</summary>
    public bool Quiet(ParseResult parsed) => parsed.GetValue(_quiet);
}
