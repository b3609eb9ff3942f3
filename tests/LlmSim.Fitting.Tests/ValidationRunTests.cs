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
        Assert.Empty(report.Rows.Where(r => r.Group == "iterations" && r.Reached == false).Select(r => r.Device + " " + r.Subject));
        Assert.Equal(report.Rows.Count + 1, report.ToCsv().TrimEnd('\n').Split('\n').Length);
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
