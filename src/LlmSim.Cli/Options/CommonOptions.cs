using System.CommandLine;
using LlmSim.Cli.Output;

namespace LlmSim.Cli.Options;

/// <summary>Options that several commands share, so that they read alike everywhere.</summary>
internal static class CommonOptions
{
    /// <summary><c>--format table|json|csv</c>.</summary>
    public static Option<OutputFormat> Format() => new("--format")
    {
        Description = "table for eyes, json or csv for programs",
        DefaultValueFactory = _ => OutputFormat.Table,
    };

    /// <summary><c>--out DIR</c>.</summary>
    public static Option<string?> Out(string what) => new("--out") { Description = what, HelpName = "DIR" };

    /// <summary><c>--quiet</c>.</summary>
    public static Option<bool> Quiet() => new("--quiet") { Description = "no progress and no notes on standard error" };
}
