using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;

namespace LlmSim.Fitting.Tests;

public sealed class ConstantsWriterTests
{
    private static readonly TimeConstants s_constants = new()
    {
        Class = "gemm",
        Format = Graphs.Numbers.NumberFormat.Bf16,
        Kernels = "test-1",
        Source = ConstantSource.Fitted,
        FittedOn = "a \"quoted\" table",
        Points = 7,
        HeldOutError = 0.0512345,
        Values = new Dictionary<string, double> { ["memoryEfficiency"] = 0.81234567, ["startSeconds"] = 2.5e-6 },
        Measured = [new MeasuredSize("m", new ValueRange(1, 32768))],
    };

    [Theory]
    [InlineData("a100-hbm-pim")]
    [InlineData("h100-80gb-sxm")]
    [InlineData("rtx-4090")]
    public void What_is_written_is_read_again_and_the_rest_of_the_file_stays(string name)
    {
        var path = Path.Combine(Path.GetTempPath(), $"llmsim-{Guid.NewGuid():N}.json");
        try
        {
            File.Copy(Repository.Path($"hardware/{name}.json"), path);
            var before = HardwareFile.Load(path);
            ConstantsWriter.WriteDevice(path, [s_constants, s_constants with { Format = null, Measured = [] }]);
            var after = HardwareFile.Load(path);
            Assert.Equal(2, after.TimeConstants.Count);
            var read = after.TimeConstants[0];
            Assert.Equal((0.0512, 0.81235, 2.5e-6), (read.HeldOutError, read.Values["memoryEfficiency"], read.Values["startSeconds"]));
            Assert.Equal((s_constants.FittedOn, s_constants.Kernels, s_constants.Format), (read.FittedOn, read.Kernels, read.Format));
            Assert.Equal(s_constants.Measured, read.Measured);
            Assert.Null(after.TimeConstants[1].Format);
            Assert.Equal(before.Memories, after.Memories);
            Assert.Equal(before.Note, after.Note);
            // Writing once more changes nothing.
            var once = File.ReadAllText(path);
            ConstantsWriter.WriteDevice(path, [s_constants, s_constants with { Format = null, Measured = [] }]);
            Assert.Equal(once, File.ReadAllText(path));
            Assert.Contains("//", once, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_fit_in_parts_leaves_other_constants_letter_for_letter()
    {
        var path = Path.Combine(Path.GetTempPath(), $"llmsim-{Guid.NewGuid():N}.json");
        try
        {
            File.Copy(Repository.Path("hardware/rtx-4090.json"), path);
            var targets = FitTargets.All.Where(t => t.Device == "rtx-4090").ToList();
            var before = File.ReadAllText(path);
            // Written again as they were read, in any order, the file stays as it is.
            ConstantsWriter.MergeDevice(path, [.. HardwareFile.Load(path).TimeConstants.Reverse()], targets);
            Assert.Equal(before, File.ReadAllText(path));

            var changed = HardwareFile.Load(path).TimeConstants.First(c => c.Class == "mixed-attention") with { Points = 7 };
            ConstantsWriter.MergeDevice(path, [changed], targets);
            var after = File.ReadAllText(path);
            Assert.Equal(before.Replace("\"points\": 8448", "\"points\": 7", StringComparison.Ordinal), after);
            Assert.NotEqual(before, after);

            // What nobody fits any more goes.
            ConstantsWriter.MergeDevice(path, [], [.. targets.Where(t => t.Class.Name == "gemm")]);
            Assert.Equal("gemm", Assert.Single(HardwareFile.Load(path).TimeConstants).Class);
        }
        finally
        {
            File.Delete(path);
        }
    }
}
