using System.IO.Compression;
using System.Text;

namespace LlmSim.Cli.Tests;

/// <summary>What goes wrong when traffic is replayed: damaged traces, requests that cannot be served, Ctrl-C, a full disk.</summary>
public sealed class RunFaultTests : IDisposable
{
    private const string Azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n";

    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Out => Path.Combine(_folder, "out");

    [Theory]
    [InlineData("2023-11-16 18:00:02.0,ten,5", "ContextTokens", "\"ten\" is not a")]
    [InlineData("2023-11-16 18:00:02.0,NaN,5", "ContextTokens", "NaN")]
    [InlineData("2023-11-16 18:00:02.0,-3,5", "ContextTokens", "-3 is not a number of tokens")]
    [InlineData("2023-11-16 18:00:02.0,10,0", "GeneratedTokens", "0 tokens")]
    [InlineData("2023-11-16 18:00:02.0,10", "GeneratedTokens", "is empty")]
    [InlineData(",10,5", "TIMESTAMP", "is empty")]
    [InlineData("yesterday,10,5", "TIMESTAMP", "is not a date and time")]
    [InlineData("2023-11-16 17:00:00.0,10,5", "TIMESTAMP", "before the first row's time")]
    [InlineData("2023-11-16 18:00:00.5,10,5", "", "0.5 s before the row above it")]
    public void A_bad_row_names_file_line_and_value_and_can_be_skipped(string row, string column, string problem)
    {
        var trace = Write("conv.csv", Azure + "2023-11-16 18:00:00.0,10,5\n2023-11-16 18:00:01.0,10,5\n" + row + "\n2023-11-16 18:00:03.0,10,5\n");
        var run = Replay(trace);
        Cli.Refused(run, "conv.csv:4", column, problem);
        Assert.False(Directory.Exists(Out));

        var skipped = Replay(trace, "--skip-bad-rows");
        Assert.Equal(0, skipped.ExitCode);
        Assert.Contains("1 bad rows of the trace were skipped", skipped.Error, StringComparison.Ordinal);
        Assert.Equal(4, File.ReadAllLines(Path.Combine(Out, "requests.csv")).Length);
    }

    [Theory]
    [InlineData("NaN,10,5", "NaN")]
    [InlineData("-1,10,5", "-1 is not a time")]
    [InlineData("1e99,10,5", "is not a time")]
    public void Times_that_are_none(string row, string problem)
    {
        var run = Replay(Write("own.csv", "arrival_s,prompt_tokens,output_tokens\n0,10,5\n" + row + "\n"));
        Cli.Refused(run, "own.csv:3", problem);
    }

    [Fact]
    public void A_trace_that_is_cut_off_names_its_file()
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest))
            gzip.Write(Encoding.UTF8.GetBytes(Azure + string.Concat(Enumerable.Range(0, 5000).Select(i => $"2023-11-16 18:{i / 60 % 60:00}:{i % 60:00}.{i % 7},{1 + i * 7919 % 999},5\n"))));
        var path = Path.Combine(_folder, "conv.csv.gz");
        File.WriteAllBytes(path, memory.ToArray()[..^2000]);
        var run = Replay(path, "--skip-bad-rows");
        Cli.Refused(run, "conv.csv.gz", "cut off or damaged");
        Assert.Equal([path], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void Requests_beyond_the_context_or_the_cache_are_rejected_and_counted()
    {
        var trace = Write("conv.csv", Azure + "2023-11-16 18:00:00.0,10,5\n2023-11-16 18:00:01.0,5000,5\n2023-11-16 18:00:02.0,3000,5\n");
        var run = Replay(trace, "--set", "engine.kvBlocks=100", "--set", "workload.overlong=reject");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("1 completed, 2 rejected, 0 unfinished", run.Output, StringComparison.Ordinal);
        Assert.Contains("1 requests are longer than the model's context", run.Error, StringComparison.Ordinal);
        Assert.Equal(["finished", "rejected", "rejected"], File.ReadLines(Path.Combine(Out, "requests.csv")).Skip(1).Select(line => line.Split(',')[10]));

        // Nothing that finishes is no result.
        Assert.Equal(1, Replay(trace, "--set", "engine.kvBlocks=1", "--set", "engine.blockTokens=4").ExitCode);
    }

    [Fact]
    public void Ctrl_C_leaves_no_half_written_folder()
    {
        if (OperatingSystem.IsWindows()) return;
        using var process = Cli.Start(
            "dotnet", Path.Combine(AppContext.BaseDirectory, "llmsim.dll"), "run", "scenarios/quick-start.json", "--set", "workload.requests=30000000", "--out", Out);
        while (!Directory.EnumerateDirectories(_folder, ".out.*").Any() && !process.HasExited) Thread.Sleep(20);
        using (var kill = Cli.Start("kill", "-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))) kill.WaitForExit();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("interrupted; nothing half-written was left", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData("-TERM")]
    [InlineData("-INT")]
    public async Task A_signal_ends_what_waits_for_a_pipe_that_nobody_writes_to(string signal)
    {
        if (OperatingSystem.IsWindows()) return;
        var pipe = Path.Combine(_folder, "trace.csv");
        using (var make = Cli.Start("mkfifo", pipe)) make.WaitForExit();
        using var process = Cli.Start(
            "dotnet", Path.Combine(AppContext.BaseDirectory, "llmsim.dll"), "run", "scenarios/quick-start.json", "--set", "workload.trace=" + pipe, "--out", Out);
        // This end opens when the other one does; from then on it waits for what never comes.
        var opened = Task.Run(() => new FileStream(pipe, FileMode.Open, FileAccess.Write));
        await using var writer = await opened.WaitAsync(TimeSpan.FromMinutes(1));
        using (var kill = Cli.Start("kill", signal, process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))) kill.WaitForExit();
        // Three seconds are its patience; on a machine that is busy with other tests it may take longer, but it ends.
        Assert.True(process.WaitForExit(60_000), "it still waits");
        Assert.Equal(1, process.ExitCode);
        Assert.Equal([pipe], Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void A_disk_that_fills_up_leaves_no_half_written_folder()
    {
        if (OperatingSystem.IsWindows()) return;
        // No file may grow beyond 64 kB; the signal that comes with it is ignored, so that writing fails as it does on a full disk.
        using var process = Cli.Start(
            "bash", "-c", $"trap '' XFSZ; ulimit -f 64; export DOTNET_EnableWriteXorExecute=0; exec dotnet '{Path.Combine(AppContext.BaseDirectory, "llmsim.dll")}' run scenarios/quick-start.json --quiet --out '{Out}'");
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(2, process.ExitCode);
        Assert.Contains("the run folder cannot be written", error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    private Cli.Result Replay(string trace, params string[] more) =>
        Cli.Run(["run", "scenarios/quick-start.json", "--set", "workload.trace=" + trace, "--set", "output.report=false", "--out", Out, .. more]);
}
