using System.Diagnostics;
using System.Text.Json;
using LlmSim.Tests;

namespace LlmSim.Cli.Tests;

/// <summary>Runs the built command line as a user would: a process of its own.</summary>
internal static class Cli
{
    /// <summary>What one run left behind.</summary>
    public sealed record Result(int ExitCode, string Output, string Error)
    {
        /// <summary>Standard output as the one JSON document that it must be.</summary>
        public JsonElement Json => JsonDocument.Parse(Output).RootElement;
    }

    /// <summary>Checks that a run was refused as wrong input: each of these is named in the error, nothing was written, and no trace of the program shows.</summary>
    public static void Refused(Result run, params string[] named)
    {
        Assert.Equal(2, run.ExitCode);
        Assert.Equal("", run.Output);
        foreach (var name in named) Assert.Contains(name, run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
    }

    /// <summary>Starts any program, its standard output read and dropped; whoever starts it reads the errors and waits.</summary>
    public static Process Start(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        return process;
    }

    /// <summary>Runs <c>llmsim</c> with these arguments.</summary>
    public static Result Run(params string[] arguments)
    {
        using var process = Start(arguments);
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        if (!process.WaitForExit(120_000))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException("llmsim " + string.Join(' ', arguments));
        }

        return new Result(process.ExitCode, output, error.Result);
    }

    /// <summary>Starts <c>llmsim</c> and leaves it running.</summary>
    public static Process Start(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = Repository.Root };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "llmsim.dll"));
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        return Process.Start(start)!;
    }
}
