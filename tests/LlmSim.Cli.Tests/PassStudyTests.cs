using System.Diagnostics;
using System.Text.Json;

namespace LlmSim.Cli.Tests;

/// <summary>A scenario without a load, as a user runs it: what is written, and what is left behind when it is interrupted or the disk is full.</summary>
public sealed class PassStudyTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_study_writes_its_folder_and_shows_its_points()
    {
        var run = Cli.Run("run", Scenario("[1, 2, 4]"), "--out", Out);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.Contains("tokens/s", run.Output, StringComparison.Ordinal);
        foreach (var file in new[] { "points.csv", "points.json", "run.json", "scenario.json", "report.html", "time.svg", "time.csv" })
            Assert.True(File.Exists(Path.Combine(Out, file)), file);
        using var about = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Out, "run.json")));
        Assert.Equal("llmsim", about.RootElement.GetProperty("program").GetString());
        Assert.Equal(3, about.RootElement.GetProperty("passes").GetInt32());
        Assert.True(about.RootElement.GetProperty("wallSeconds").GetDouble() > 0);
        // What was written can be run again, to the same points.
        var again = Cli.Run("run", Path.Combine(Out, "scenario.json"), "--out", Path.Combine(_folder, "again"), "--format", "csv", "--quiet");
        Assert.Equal(File.ReadAllText(Path.Combine(Out, "points.csv")), again.Output);
        Assert.Equal("", again.Error);
    }

    [Theory]
    [InlineData("\"machine\": { \"hardware\": \"a100-80gb-sxm\", \"pipelineParallel\": 3 }, \"pass\": { \"batch\": 12, \"microBatches\": 4 }", "bubble_share")]
    [InlineData("\"machine\": { \"hardware\": \"a6000\", \"tensorParallel\": 3, \"collectives\": \"tree\" }, \"pass\": { \"layers\": 7, \"chunk\": 32, \"attention\": \"blocked\", \"streams\": \"per-unit\", \"launchSeconds\": 3e-6, \"allocator\": \"cuda-pages\" }", "seconds")]
    [InlineData("\"machine\": { \"hardware\": \"a6000\", \"offload\": { \"to\": \"flash\", \"weights\": 1, \"neuronWindow\": { \"activeShare\": 0.05, \"tokens\": 4 } } }, \"pass\": {}", "flash_bytes")]
    [InlineData("\"machine\": { \"hardware\": \"a100-hbm-pim\", \"placement\": \"pim-attention\" }, \"pass\": { \"batch\": 12 }", "attention_seconds")]
    [InlineData("\"machine\": { \"hardware\": \"a6000\", \"placement\": \"cpu-attention\" }, \"pass\": { \"batch\": 12 }", "host_bytes")]
    [InlineData("\"machine\": { \"hardware\": \"a6000\", \"offload\": { \"weights\": { \"host\": 0.5, \"flash\": 0.25 }, \"hiddenStates\": true, \"prefetchLayers\": 2 } }, \"pass\": { \"phase\": \"prefill\" }", "flash_bytes")]
    [InlineData("\"machine\": { \"hardware\": \"t4\", \"offload\": { \"schedule\": \"flexgen\" } }, \"pass\": { \"phase\": \"generate\", \"batch\": 8, \"prompt\": 32, \"output\": 4, \"published\": 10 }", "predicted_over_published")]
    public void Every_way_to_place_a_pass_is_a_member(string members, string metric)
    {
        var scenario = Write("{ \"model\": \"smollm-135m\", \"time\": \"ideal\", " + members + " }");
        var run = Cli.Run("run", scenario, "--out", Out, "--format", "json", "--quiet");
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(run.Json.GetProperty("points")[0].GetProperty(metric).GetDouble() > 0);
    }

    [Theory]
    [InlineData("mixtral-8x7b", "--ep 4 --dp-attention --batch 64", "experts_dispatch")]
    [InlineData("mixtral-8x7b", "--tp 4 --ep 4 --batch 64", "experts")]
    [InlineData("llama-2-7b", "--pp 4 --batch 32 --micro-batches 8", "stage 4")]
    [InlineData("llama-2-7b", "--offload-weights 0.5 --batch 8", "load weights")]
    [InlineData("llama-2-7b", "--placement cpu-attention --batch 8", "host processor")]
    [InlineData("llama-2-7b", "--streams per-unit --launch 3e-6 --allocator pytorch --attention blocked --chunk 64 --batch 8", "vector units")]
    [InlineData("llama-2-7b", "--tp 4 --collectives ring --batch 8", "down_proj_all_reduce")]
    [InlineData("llama-2-7b", "--phase generate --prompt 64 --output 4 --batch 8 --offload flexgen", "a6000, decode")]
    public void Every_way_to_place_a_pass_is_an_option_with_a_timeline(string model, string options, string traced)
    {
        var run = Cli.Run(["analyze", model, "--on", "a6000", "--time", "ideal", "--format", "json", "--timeline", Out, .. options.Split(' ')]);
        Assert.True(run.ExitCode == 0, run.Error);
        Assert.True(run.Json.GetProperty("total").GetProperty("seconds").GetDouble() > 0);
        Assert.NotEmpty(run.Json.GetProperty("memory").EnumerateArray());
        var trace = File.ReadAllText(Path.Combine(Out, "trace.json"));
        Assert.Contains(traced.Split('|'), t => trace.Contains(t, StringComparison.Ordinal));
        foreach (var file in new[] { "activities.csv", "gantt.svg" }) Assert.True(new FileInfo(Path.Combine(Out, file)).Length > 100, file);
    }

    [Fact]
    public void What_does_not_fit_says_by_how_much_and_what_would()
    {
        var run = Cli.Run("analyze", "llama-2-70b", "--on", "a6000", "--pp", "2", "--batch", "4", "--micro-batches", "2", "--time", "ideal");
        Assert.Equal(0, run.ExitCode);
        Assert.Contains("It does not fit:", run.Output, StringComparison.Ordinal);
        Assert.Contains("4 pipeline stages", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_the_users_fault_everywhere()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        var inside = Path.Combine(file, "out");
        foreach (var arguments in new[] { new[] { "run", Scenario("[1]"), "--out", inside }, ["analyze", "smollm-135m", "--on", "a6000", "--out", inside], ["analyze", "smollm-135m", "--on", "a6000", "--timeline", inside] })
        {
            var run = Cli.Run(arguments);
            Assert.Equal(2, run.ExitCode);
            Assert.Contains("cannot be written", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_full_disk_leaves_nothing_behind()
    {
        // A file system of 16 kB, seen by one process alone; where the machine allows no such thing there is nothing to see.
        if (!OperatingSystem.IsLinux() || !File.Exists("/usr/bin/unshare")) return;
        var disk = Directory.CreateDirectory(Path.Combine(_folder, "disk")).FullName;
        foreach (var arguments in new[] { $"run '{Scenario("[1, 2, 4]")}' --out", "analyze smollm-135m --on a6000 --out", "analyze smollm-135m --on a6000 --timeline" })
        {
            using var process = Cli.Start(
                "unshare", "-rm", "bash", "-c",
                $"mount -t tmpfs -o size=16k none '{disk}' || exit 0; dotnet '{Path.Combine(AppContext.BaseDirectory, "llmsim.dll")}' {arguments} '{disk}/out' > /dev/null; echo \"exit code $?\" >&2; ls -A '{disk}' >&2");
            var error = process.StandardError.ReadToEnd().Trim();
            process.WaitForExit();
            if (!error.Contains("exit code", StringComparison.Ordinal)) return;
            Assert.Contains("cannot be written", error, StringComparison.Ordinal);
            // The last thing said: no entry is left on the disk.
            Assert.EndsWith("exit code 2", error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Ctrl_C_leaves_nothing_behind()
    {
        if (OperatingSystem.IsWindows()) return;
        var scenario = Write("""
            { "model": "llama-2-70b", "machine": { "hardware": "a6000", "offload": { "weights": 1 } }, "time": "ideal", "pass": {},
              "axes": { "pass.batch": { "from": 1, "to": 140, "steps": 140 }, "pass.context": { "from": 1, "to": 1391, "steps": 140 } } }
            """);
        using var process = Cli.Start("dotnet", Path.Combine(AppContext.BaseDirectory, "llmsim.dll"), "run", scenario, "--out", Out);
        while (!Directory.EnumerateDirectories(_folder, ".out.*").Any() && !process.HasExited) Thread.Sleep(20);
        using (var kill = Cli.Start("kill", "-INT", process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture))) kill.WaitForExit();
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("interrupted; nothing half-written was left", error, StringComparison.Ordinal);
        Assert.Equal([scenario], Directory.GetFileSystemEntries(_folder));
    }

    private string Out => Path.Combine(_folder, "out");

    private string Scenario(string batches) => Write(
        "{ \"model\": \"smollm-135m\", \"machine\": { \"hardware\": \"a6000\" }, \"time\": \"ideal\", \"pass\": { \"context\": 64 }, \"axes\": { \"pass.batch\": " + batches + " } }");

    private string Write(string text)
    {
        var path = Path.Combine(_folder, "study.json");
        File.WriteAllText(path, text);
        return path;
    }
}
