using System.CommandLine;
using LlmSim.Charts;
using LlmSim.Files;

namespace LlmSim.Cli.Output;

/// <summary>
/// What draws the charts, by name (<c>--renderer</c>). ScottPlot's renderer is an assembly of its own that lies beside the program only when it was built
/// with -p:ScottPlot=true; it is found there rather than referenced, so that the default build needs no package for it.
/// </summary>
internal static class Renderers
{
    private const string Assembly = "LlmSim.Charts.ScottPlot";

    /// <summary><c>--renderer svg|scottplot</c>.</summary>
    public static Option<string> Option() => new("--renderer")
    {
        Description = "what draws the charts beside the page: svg (built in), or scottplot (PNG; only in a build with -p:ScottPlot=true)",
        HelpName = "svg|scottplot",
        DefaultValueFactory = _ => "svg",
    };

    /// <summary>The renderer of a name; null for the built-in one.</summary>
    /// <exception cref="InputException">No renderer has that name, or it is not in this build.</exception>
    public static IChartRenderer? Find(string name)
    {
        if (string.Equals(name, "svg", StringComparison.OrdinalIgnoreCase)) return null;
        if (!string.Equals(name, "scottplot", StringComparison.OrdinalIgnoreCase))
            throw new InputException(new InputError("--renderer", 0, "", $"\"{name}\" is no renderer", "write svg or scottplot"));
        var file = Path.Combine(AppContext.BaseDirectory, Assembly + ".dll");
        return (File.Exists(file) ? System.Reflection.Assembly.LoadFrom(file).GetType(Assembly + ".ScottPlotRenderer") : null) is { } type
            ? (IChartRenderer)Activator.CreateInstance(type, [false])!
            : throw new InputException(new InputError("--renderer", 0, "", "scottplot is not in this build", "build with -p:ScottPlot=true where the package can be had, or use svg"));
    }
}
