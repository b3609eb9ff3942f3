using System.CommandLine;
using LlmSim.Cli.Options;
using LlmSim.Cli.Output;

namespace LlmSim.Cli.Commands;

/// <summary>A command that lists what a catalogue holds, and with <c>show NAME</c> tells more of one entry.</summary>
internal static class CatalogueCommand
{
    /// <param name="name">The command's name.</param>
    /// <param name="help">What it lists.</param>
    /// <param name="entry">What a name may be.</param>
    /// <param name="showHelp">What <c>show</c> prints.</param>
    /// <param name="list">All entries.</param>
    /// <param name="show">Prints the entry of a name.</param>
    public static Command Create(string name, string help, string entry, string showHelp, Func<Sheet> list, Action<string, TextWriter> show)
    {
        var format = CommonOptions.Format();
        var command = new Command(name, help) { format };
        command.SetAction(parsed =>
        {
            list().Write(parsed.GetValue(format), parsed.InvocationConfiguration.Output);
            return CommandLine.Done;
        });

        var named = new Argument<string>("NAME") { Description = entry };
        var one = new Command("show", showHelp) { named };
        one.SetAction(parsed =>
        {
            show(parsed.GetValue(named)!, parsed.InvocationConfiguration.Output);
            return CommandLine.Done;
        });
        command.Add(one);
        return command;
    }
}
