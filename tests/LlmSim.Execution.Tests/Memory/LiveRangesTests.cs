using LlmSim.Execution.Memory;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Memory;

public class LiveRangesTests
{
    [Fact]
    public void Peak_equals_a_count_of_what_each_moment_needs_on_random_graphs() => Check.ForSeeds(300, random =>
    {
        var group = RandomModel.Group(random, "layer", [0], RowSource.Tokens);
        var batch = RandomModel.Batch(random, BatchNeeds.None);
        var peak = new LiveRanges(group).Peak(batch, Precision.Fp16);

        double most = -1;
        for (var now = 0; now < group.Operators.Count; now++)
        {
            var alive = Enumerable.Range(0, group.Values.Count).Where(v => IsAlive(group, v, now)).Sum(v => group.Values[v].Elements(batch) * 2);
            most = Math.Max(most, alive);
        }

        Assert.Equal(most, peak.Bytes);
        Assert.Equal(most, peak.Alive.Sum(a => a.Bytes));
    });

    [Fact]
    public void Peak_of_a_chain_is_the_largest_pair_and_not_the_sum()
    {
        var linear = new Linear(1, 1, false, new WeightFormat(NumberFormat.Fp16));
        var group = new LayerGroup(
            "layer", [0],
            [new Operator("a", linear, [0], [1]), new Operator("b", linear, [1], [2]), new Operator("c", linear, [2], [3])],
            [new("x", 10), new("y", 40), new("z", 30), new("out", 10)], 3);
        var peak = new LiveRanges(group).Peak(BatchShape.UniformDecode(1, 0), Precision.Fp16);
        Assert.Equal(140, peak.Bytes);
        Assert.Equal("b", peak.Operator);
        Assert.Equal(["y", "z"], peak.Alive.Select(v => v.Name));
    }

    /// <summary>Written out from the definition: needed now, or written before and needed later.</summary>
    private static bool IsAlive(LayerGroup group, int value, int now)
    {
        bool Reads(int i) => group.Operators[i].Inputs.Contains(value) || (value == group.OutputValue && i == group.Operators.Count - 1);
        bool Writes(int i) => group.Operators[i].Outputs.Contains(value) || (value == 0 && i == 0);
        var all = Enumerable.Range(0, group.Operators.Count).ToList();
        if (value == 0 && !all.Any(i => group.Operators[i].Inputs.Contains(0))) return false;
        return all.Any(i => i <= now && Writes(i)) && (all.Any(i => i >= now && Reads(i)) || Writes(now) && (value != 0 || Reads(now)));
    }
}
