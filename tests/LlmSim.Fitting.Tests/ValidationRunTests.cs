using LlmSim.Files;
using LlmSim.Fitting.Validation;
using LlmSim.Machines.Hardware;
using LlmSim.Tests;

namespace LlmSim.Fitting.Tests;

public sealed class ValidationRunTests
{
    private static readonly HardwareCatalogue s_catalogue = new(Repository.Path("hardware"));

    [SharedFact]
    public void A_sample_of_everything_measured_is_as_near_as_the_hardware_files_say()
    {
        var report = ValidationRun.Run(SharedData.Path("data"), new ValidationOptions { Sample = 20 }, catalogue: s_catalogue);
        Assert.Empty(report.Notes);
        Assert.Empty(report.Regressions.Select(r => $"{r.Device} {r.Subject}: {r.Errors.Mean:P1} where {r.Limit:P1} is expected"));
        Assert.True(report.Rows.Count > 70);
        // Device constants on other devices and on other people's measurements: no target that was reached may be lost.
        Assert.Empty(report.Rows.Where(r => r.Group is "iterations" or "forward passes" && r.Reached == false).Select(r => r.Device + " " + r.Subject));
        Assert.Equal(report.Rows.Count + 1, report.ToCsv().TrimEnd('\n').Split('\n').Length);
    }

    [SharedTheory]
    [InlineData("h100-80gb-sxm", "gemm", "bf16", "computeEfficiency")]
    [InlineData("a100-80gb-sxm", "prefill-attention", "bf16", "computeEfficiency")]
    [InlineData("h200", "decode-attention", "bf16", "startSeconds")]
    [InlineData("rtx-pro-6000", "decode-attention", "bf16", "memoryEfficiency")]
    [InlineData("rtx-pro-6000", "mixed-attention", "", "waitSeconds")]
    [InlineData("rtx-4090", "gemm", "bf16", "memoryEfficiency")]
    [InlineData("b200", "experts", "bf16", "memoryEfficiency")]
    [InlineData("l40s", "decode-attention", "bf16", "memoryEfficiency")]
    [InlineData("l40s", "gemm", "fp8", "memoryEfficiency")]
    [InlineData("b200", "gemm", "fp4", "quantizeSeconds")]
    [InlineData("h100-80gb-sxm", "all-reduce", "", "ringBytesPerSecond")]
    [InlineData("a100-80gb-sxm", "all-reduce", "", "directSeconds")]
    [InlineData("rtx-pro-6000", "all-reduce", "", "directSecondsPerRank")]
    [InlineData("l40s", "all-reduce", "", "contention")]
    public void A_constant_that_a_fifth_is_lost_of_counts_as_a_regression(string device, string kind, string format, string constant)
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "constants"));
            foreach (var file in Directory.GetFiles(Repository.Path("hardware"), "*.json", SearchOption.AllDirectories))
            {
                var copy = Path.Combine(folder, Path.GetRelativePath(Repository.Path("hardware"), file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                File.Copy(file, copy);
            }

            var path = Path.Combine(folder, device + ".json");
            var text = File.ReadAllText(path);
            var at = text.IndexOf($"\"class\": \"{kind}\"", StringComparison.Ordinal);
            if (format.Length > 0) at = text.IndexOf($"\"class\": \"{kind}\", \"format\": \"{format}\"", StringComparison.Ordinal);
            var name = $"\"{constant}\": ";
            var from = text.IndexOf(name, at, StringComparison.Ordinal) + name.Length;
            var to = text.IndexOfAny([',', ' '], from);
            var value = double.Parse(text[from..to], System.Globalization.CultureInfo.InvariantCulture);
            File.WriteAllText(path, text[..from] + (0.8 * value).ToString("R", System.Globalization.CultureInfo.InvariantCulture) + text[to..]);
            var options = new ValidationOptions { Sample = 20, Tables = [device, kind, .. format.Length > 0 ? new[] { format } : []] };

            Assert.Empty(ValidationRun.Run(SharedData.Path("data"), options, catalogue: s_catalogue).Regressions);
            Assert.NotEmpty(ValidationRun.Run(SharedData.Path("data"), options, catalogue: new HardwareCatalogue(folder)).Regressions);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [SharedFact]
    public void A_fit_writes_the_constants_that_are_shipped_byte_for_byte()
    {
        // One small set stands for all: the rest is fitted by the same code.
        var folder = Path.Combine(Path.GetTempPath(), $"llmsim-{Guid.NewGuid():N}");
        try
        {
            Directory.CreateDirectory(folder);
            File.Copy(Repository.Path("hardware/rtx-4090.json"), Path.Combine(folder, "rtx-4090.json"));
            var catalogue = new HardwareCatalogue(folder);
            var results = FittingRun.Run(SharedData.Path("data"), catalogue, [.. FitTargets.All.Where(t => t.Device == "rtx-4090")]);
            FittingRun.Write(results, catalogue);
            Assert.Equal(File.ReadAllText(Repository.Path("hardware/rtx-4090.json")), File.ReadAllText(Path.Combine(folder, "rtx-4090.json")));
            Assert.Contains("any", File.ReadAllText(UnfittedConstants.PathIn(folder)), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void A_folder_without_data_is_an_error_of_the_input() =>
        Assert.Throws<InputException>(() => ValidationRun.Run(Path.GetTempPath(), new ValidationOptions()));
}
