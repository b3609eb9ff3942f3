using LlmSim.Execution.Plans;
using LlmSim.Kernel.Chance;
using LlmSim.Kernel.Units;

namespace LlmSim.Execution.Tests.Samples;

/// <summary>Random plans without cycles: any number of streams, units and shared resources, dependencies within a section and on earlier ones.</summary>
internal static class RandomPlan
{
    public static PassPlan Plan(RandomStream random)
    {
        var streams = 1 + random.NextInt(4);
        var units = 1 + random.NextInt(4);
        var resources = random.NextInt(3);
        var lookBack = random.NextInt(3);
        var sections = Enumerable.Range(0, 2 + random.NextInt(3)).Select(i => Section(random, i, streams, units, resources, lookBack)).ToList();
        return new PassPlan
        {
            Units = [.. Enumerable.Range(0, units).Select(i => $"unit {i}")],
            Streams = [.. Enumerable.Range(0, streams).Select(i => $"stream {i}")],
            Resources = [.. Enumerable.Range(0, resources).Select(i => new PlanResource($"resource {i}", PlanResourceKind.Memory, 1e9))],
            Tiers = [new MemoryTier("memory", 1e9), new MemoryTier("host", 1e9)],
            Sections = sections,
            Order = Order(random, sections.Count),
        };
    }

    /// <summary>Prologue, a pattern of layer kinds many times over, perhaps another pattern, epilogue.</summary>
    private static List<int> Order(RandomStream random, int sections)
    {
        var order = new List<int> { 0 };
        for (var part = random.NextInt(2); part >= 0; part--)
        {
            var pattern = Enumerable.Range(0, 1 + random.NextInt(3)).Select(_ => random.NextInt(sections)).ToList();
            for (var repeat = random.NextInt(25); repeat >= 0; repeat--) order.AddRange(pattern);
        }

        order.Add(sections - 1);
        return order;
    }

    private static PlanSection Section(RandomStream random, int index, int streams, int units, int resources, int lookBack)
    {
        var activities = new List<Activity>();
        var count = random.NextInt(8);
        for (var i = 0; i < count; i++)
        {
            activities.Add(new Activity
            {
                Name = $"a{i}",
                Stream = random.NextInt(streams),
                Unit = random.NextInt(units),
                // Often equal durations, so that several activities end in the same tick; sometimes none at all.
                Picoseconds = random.NextInt(3) == 0 ? 100 * random.NextInt(5) : random.NextInt(1000),
                Demands = [.. Enumerable.Range(0, resources).Where(_ => random.NextInt(2) == 0)
                    .Select(r => new Demand(r, random.NextInt(2) == 0 ? 1 : random.NextOpenDouble()))],
                After = i == 0 ? [] : [.. Enumerable.Range(0, random.NextInt(3)).Select(_ => random.NextInt(i)).Distinct()],
                AfterEarlier = lookBack == 0 ? [] : [.. Enumerable.Range(0, random.NextInt(2)).Select(_ =>
                    new Earlier(1 + random.NextInt(lookBack), $"a{random.NextInt(8)}"))],
            });
        }

        var buffers = new List<PlanBuffer>();
        for (var i = 0; i < activities.Count && i < 4; i++)
        {
            // A buffer lives from an activity to itself or to one that waits for it.
            var users = Enumerable.Range(0, activities.Count).Where(j => j == i || activities[j].After.Contains(i)).ToList();
            buffers.Add(new PlanBuffer($"b{i}", random.NextInt(2), random.NextInt(1000), i, [.. users.Where(u => u == i || random.NextInt(2) == 0)]));
        }

        return new PlanSection($"section {index}", activities, buffers);
    }
}
