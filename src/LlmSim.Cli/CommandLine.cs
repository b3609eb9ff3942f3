using System.CommandLine;
using LlmSim.Cli.Commands;
using LlmSim.Files;
using LlmSim.Studies.Runs;

namespace LlmSim.Cli;

/// <summary>The <c>llmsim</c> command: parses, runs, and turns every failure into a message and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>The simulation found it impossible, or failed.</summary>
    public const int Failed = 1;

    /// <summary>The input is wrong.</summary>
    public const int WrongInput = 2;

    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = Root().Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is null or System.CommandLine.Invocation.ParseErrorAction)
        {
            foreach (var problem in parsed.Errors) error.WriteLine("llmsim: " + problem.Message);
            error.WriteLine("llmsim: 'llmsim --help' and 'llmsim COMMAND --help' say what may be written.");
            return WrongInput;
        }

        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (InputException wrong)
        {
            Report(wrong.Errors, error);
            return WrongInput;
        }
        catch (ImpossibleException impossible)
        {
            error.WriteLine("llmsim: " + impossible.Message);
            return Failed;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("llmsim: interrupted; nothing half-written was left");
            return Failed;
        }
        catch (Exception failure) when (WriteProblem.Is(failure))
        {
            // A file that cannot be read or written, whichever command wanted it: another path helps, so it is the input that is wrong.
            error.WriteLine("llmsim: " + failure.Message);
            return WrongInput;
        }
    }

    private static RootCommand Root() => new("Simulates how a language-model deployment behaves: from its ONNX graph, its hardware and its traffic.")
    {
        InspectCommand.Create(),
        AnalyzeCommand.Create(),
        RunCommand.Create(),
        SweepCommand.Create(),
        CapacityCommand.Create(),
        CompareCommand.Create(),
        ValidateCommand.Create(),
        ModelsCommand.Create(),
        HardwareCommand.Create(),
        PoliciesCommand.Create(),
        BuildModelCommand.Create(),
    };

    private static void Report(InputErrors errors, TextWriter error)
    {
        foreach (var item in errors.Items) error.WriteLine("llmsim: " + item);
        if (errors.Count > errors.Items.Count) error.WriteLine($"llmsim: and {errors.Count - errors.Items.Count} more");
    }
}
