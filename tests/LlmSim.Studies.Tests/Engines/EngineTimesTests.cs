using LlmSim.Execution.StepCosts;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Studies.Engines;
using LlmSim.Tests;

namespace LlmSim.Studies.Tests.Engines;

public class EngineTimesTests
{
    [Fact]
    public void Shipped_engines_have_a_source_for_every_constant()
    {
        var engines = EngineTimes.Load(Repository.Path("hardware"));
        Assert.Equal(["none", "vllm-0.19", "vllm-0.2"], engines.Select(e => e.Name));
        Assert.Equal("", engines[0].Stated);
        foreach (var engine in engines.Skip(1))
        {
            Assert.All(engine.Values.Keys, name => Assert.True(engine.Sources[name].Length > 0, name));
            Assert.All(engine.Fit?.Constants ?? [], name => Assert.Equal("fitted", engine.Sources[name]));
            Assert.Contains(engine.Name, engine.Stated, StringComparison.Ordinal);
        }

        Assert.Contains("hidden behind the device", engines[1].Stated, StringComparison.Ordinal);
        Assert.Contains("fitted on", engines[1].Stated, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_in_the_file_is_told_at_once()
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "constants"));
            File.WriteAllText(EngineTimes.PathIn(folder), """
                { "mine": { "hostSeconds": { "value": 3 }, "stepSecond": { "value": 1e-3 }, "capturedBatchSizes": [1, 1] } }
                """);
            var errors = Assert.Throws<InputException>(() => EngineTimes.Load(folder)).Errors.Items;
            Assert.Equal(3, errors.Count);
            Assert.Contains(errors, e => e.Member.Contains("hostSeconds", StringComparison.Ordinal));
            Assert.Contains(errors, e => e.Member.Contains("stepSecond", StringComparison.Ordinal));
            Assert.Contains(errors, e => e.Member.Contains("capturedBatchSizes", StringComparison.Ordinal));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void What_a_scenario_gives_takes_the_place_of_the_engine_s_and_its_fit_is_no_longer_claimed()
    {
        var engine = EngineTimes.Load(Repository.Path("hardware")).First(e => e.Name == "vllm-0.19");
        Assert.Same(engine, engine.With(null, ("stepSeconds", null)));
        var host = engine.With(false, ("hostSeconds", 2_000_000));
        Assert.Equal(2_000_000, host.Nanoseconds("hostSeconds"));
        Assert.NotNull(host.Fit);
        Assert.Contains("host 2 ms", host.Stated, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", host.Stated, StringComparison.Ordinal);
        var step = engine.With(null, ("stepSeconds", 5));
        Assert.Null(step.Fit);
        Assert.Contains("stepSeconds from the scenario", step.Stated, StringComparison.Ordinal);
        Assert.Equal(7, EngineTime.None.With(null, ("hostSeconds", 7)).Nanoseconds("hostSeconds"));
    }

    [Fact]
    public void Device_time_around_the_pass_counts_once_and_for_each_sample()
    {
        var cost = new EngineStepCost(new FixedCost(2), 1000, 10);
        var batch = BatchShape.UniformDecode(7, 100);
        Assert.Equal(500 + 1000 + 70, cost.Nanoseconds(batch));
        Assert.Equal(2, cost.Stages);
        // The last stage samples; an empty batch takes nothing.
        Assert.Equal(250, cost.StageNanoseconds(0, batch));
        Assert.Equal(250 + 1000 + 70, cost.StageNanoseconds(1, batch));
        Assert.Equal(0, cost.Nanoseconds(default));
    }

    private sealed class FixedCost(int stages) : IStepCost
    {
        public BatchNeeds Needs => BatchNeeds.None;

        public int Stages => stages;

        public long Nanoseconds(in BatchShape batch) => batch.Tokens == 0 ? 0 : 500;

        public long StageNanoseconds(int stage, in BatchShape batch) => Nanoseconds(batch) / stages;
    }
}
