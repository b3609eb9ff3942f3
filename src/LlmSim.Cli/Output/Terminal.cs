using Spectre.Console;

namespace LlmSim.Cli.Output;

/// <summary>Consoles that are plain when nobody looks: no colour and no cursor movement into files and pipes, or under NO_COLOR.</summary>
internal static class Terminal
{
    /// <summary>A console that writes to <paramref name="output"/>.</summary>
    public static IAnsiConsole On(TextWriter output)
    {
        var live = ReferenceEquals(output, Console.Out) && !Console.IsOutputRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(output),
            Ansi = live ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = InteractionSupport.No,
        });
        if (!live) console.Profile.Width = 1000;
        return console;
    }
}
