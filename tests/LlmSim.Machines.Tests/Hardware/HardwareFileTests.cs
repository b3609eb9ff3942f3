using System.Text;
using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.Hardware;

public sealed class HardwareFileTests
{
    private const string Good = """
        {
          // a device
          "title": "Test", "vendor": "Nobody", "kind": "gpu", "architecture": "test",
          "compute": {
            "multiprocessors": 8,
            "matrixFlopsPerSecond": { "fp16": 1e12 },
            "source": "here", "confidence": "high",
          },
          "memories": [
            { "name": "hbm", "kind": "device", "capacityBytes": 1e9, "bandwidthBytesPerSecond": 1e11, "source": "here", "confidence": "low" },
          ],
        }
        """;

    private static InputErrors Errors(string json)
    {
        var errors = new InputErrors();
        var value = JsonText.Parse("test.json", Encoding.UTF8.GetBytes(json), errors);
        if (value is not null) HardwareFile.Read(value, "test", errors);
        return errors;
    }

    [Fact]
    public void A_good_file_with_comments_and_trailing_commas_is_read()
    {
        var errors = new InputErrors();
        var device = HardwareFile.Read(JsonText.Parse("test.json", Encoding.UTF8.GetBytes(Good), errors)!, "test", errors);
        Assert.Equal([], errors.Items);
        Assert.Equal(1e12, device.Compute.Matrix[NumberFormat.Fp16]);
        Assert.Equal(1e11, device.MemoryBandwidthBytesPerSecond);
        Assert.Equal(Confidence.Low, device.MainMemory.Origin.Confidence);
        Assert.Same(device.Compute.Matrix, device.Compute.Vector);
    }

    [Theory]
    [InlineData("\"bandwidthBytesPerSecond\": 1e11", "\"bandwidthBytesPerSecond\": -1e11", "memories[0].bandwidthBytesPerSecond", 10)]
    [InlineData("\"capacityBytes\": 1e9", "\"capacityBytes\": 0", "memories[0].capacityBytes", 10)]
    [InlineData("\"capacityBytes\": 1e9", "\"capacityBytes\": \"NaN\"", "memories[0].capacityBytes", 10)]
    [InlineData("\"capacityBytes\": 1e9", "\"capacityBytes\": 1e400", "memories[0].capacityBytes", 10)]
    [InlineData("\"capacityBytes\": 1e9,", "", "memories[0].capacityBytes", 10)]
    [InlineData("\"fp16\": 1e12", "\"fp17\": 1e12", "compute.matrixFlopsPerSecond.fp17", 6)]
    [InlineData("\"fp16\": 1e12", "\"fp16\": 0", "compute.matrixFlopsPerSecond.fp16", 6)]
    [InlineData("\"multiprocessors\": 8", "\"multiprocessors\": 8.5", "compute.multiprocessors", 5)]
    [InlineData("\"kind\": \"device\"", "\"kind\": \"host\"", "memories", 9)]
    [InlineData("\"kind\": \"gpu\"", "\"kind\": \"gpus\"", "kind", 3)]
    [InlineData("\"name\": \"hbm\"", "\"name\": \"hbm\", \"link\": \"pcie\"", "memories[0].link", 10)]
    [InlineData("\"title\": \"Test\"", "\"titel\": \"Test\"", "titel", 3)]
    public void A_wrong_member_is_named_with_its_line(string from, string to, string member, int line)
    {
        Assert.Contains(from, Good, StringComparison.Ordinal);
        var errors = Errors(Good.Replace(from, to, StringComparison.Ordinal));
        Assert.Contains(errors.Items, e => e.Member == member && e.Line == line && e.File == "test.json");
    }

    [Fact]
    public void All_errors_are_found_at_once()
    {
        var errors = Errors(Good
            .Replace("1e12", "-1", StringComparison.Ordinal).Replace("1e9", "0", StringComparison.Ordinal)
            .Replace("1e11", "-5", StringComparison.Ordinal).Replace("\"vendor\": \"Nobody\", ", "\"wendor\": 1,", StringComparison.Ordinal));
        Assert.Equal(5, errors.Count);
    }

    [Fact]
    public void Mutated_files_end_in_errors_never_in_an_exception()
    {
        var random = new Random(7);
        var text = File.ReadAllBytes(Repository.Path("hardware/a100-hbm-pim.json"));
        for (var i = 0; i < 2000; i++)
        {
            var mutant = text.ToArray();
            for (var k = random.Next(1, 6); k > 0; k--) mutant[random.Next(mutant.Length)] = (byte)random.Next(32, 127);
            var errors = new InputErrors();
            if (JsonText.Parse("m.json", mutant, errors) is { } value) HardwareFile.Read(value, "m", errors);
        }
    }
}
