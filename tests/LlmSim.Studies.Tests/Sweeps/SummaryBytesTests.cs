using System.Text;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Tests.Sweeps;

public sealed class SummaryBytesTests
{
    [Theory]
    [InlineData("quick-start")]
    [InlineData("prefill-decode")]
    [InlineData("chat-users")]
    public void What_was_written_is_read(string scenario)
    {
        var summary = ScenarioRun.Execute(ScenarioFile.Load(Repository.Path($"scenarios/{scenario}.json"), ["workload.requests=40"])).Summary;
        var again = SummaryBytes.Read(SummaryBytes.Write(summary), []);
        // The JSON names every member that there is.
        Assert.Equal(Encoding.UTF8.GetString(SummaryJson.Write(summary)), Encoding.UTF8.GetString(SummaryJson.Write(again)));
        foreach (var property in typeof(Summary).GetProperties().Where(p => p.PropertyType.IsValueType || p.PropertyType == typeof(string)))
            Assert.Equal(property.GetValue(summary), property.GetValue(again));
    }

    [Fact]
    public void Bytes_that_are_cut_off_are_no_summary()
    {
        var bytes = SummaryBytes.Write(ScenarioRun.Execute(ScenarioFile.Load(Repository.Path("scenarios/quick-start.json"), ["workload.requests=2"])).Summary);
        Assert.Throws<EndOfStreamException>(() => SummaryBytes.Read(bytes[..^1], []));
    }
}
