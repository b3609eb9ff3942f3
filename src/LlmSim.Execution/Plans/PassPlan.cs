namespace LlmSim.Execution.Plans;

/// <summary>
/// One forward pass, bound to a batch and placed on a machine: activities on units, issued by streams, with the memory they use. Sections are
/// written once and repeat in <see cref="Order"/>.
/// </summary>
public sealed record PassPlan
{
    /// <summary>Units; each executes one activity at a time.</summary>
    public required IReadOnlyList<string> Units { get; init; }

    /// <summary>Streams; each issues its activities in order, one at a time.</summary>
    public required IReadOnlyList<string> Streams { get; init; }

    /// <summary>Memories and links whose bandwidth is shared.</summary>
    public IReadOnlyList<PlanResource> Resources { get; init; } = [];

    /// <summary>Where bytes lie.</summary>
    public IReadOnlyList<MemoryTier> Tiers { get; init; } = [];

    /// <summary>Memory that is occupied during the whole pass.</summary>
    public IReadOnlyList<ResidentBuffer> Residents { get; init; } = [];

    /// <summary>The distinct sections.</summary>
    public required IReadOnlyList<PlanSection> Sections { get; init; }

    /// <summary>Index of the section that runs at each place of the pass.</summary>
    public required IReadOnlyList<int> Order { get; init; }

    /// <summary>What is wrong with this plan, a sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems()
    {
        var found = new List<string>();
        foreach (var place in Order)
            if (place < 0 || place >= Sections.Count) found.Add($"the order names section {place} of {Sections.Count}");
        foreach (var section in Sections)
        {
            for (var i = 0; i < section.Activities.Count; i++)
            {
                var activity = section.Activities[i];
                var name = $"{section.Name}/{activity.Name}";
                if (activity.Stream < 0 || activity.Stream >= Streams.Count) found.Add($"{name} is issued by stream {activity.Stream}, which is not there");
                if (activity.Unit < 0 || activity.Unit >= Units.Count) found.Add($"{name} needs unit {activity.Unit}, which nobody offers");
                if (activity.Picoseconds < 0) found.Add($"{name} takes {activity.Picoseconds} ps");
                foreach (var demand in activity.Demands)
                {
                    if (demand.Resource < 0 || demand.Resource >= Resources.Count) found.Add($"{name} uses resource {demand.Resource}, which is not there");
                    if (!(demand.Share > 0 && demand.Share <= 1)) found.Add($"{name} occupies a share of {demand.Share} of a resource, which must be above 0 and at most 1");
                }

                foreach (var after in activity.After)
                    if (after < 0 || after >= section.Activities.Count) found.Add($"{name} waits for activity {after}, which is not there");
                foreach (var earlier in activity.AfterEarlier)
                    if (earlier.Distance < 1) found.Add($"{name} waits for {earlier.Activity} {earlier.Distance} sections before, which must be at least 1");
            }

            foreach (var buffer in section.Buffers)
            {
                if (buffer.Tier < 0 || buffer.Tier >= Tiers.Count) found.Add($"{section.Name}/{buffer.Name} lies in tier {buffer.Tier}, which is not there");
                if (!(buffer.Bytes >= 0)) found.Add($"{section.Name}/{buffer.Name} has {buffer.Bytes} bytes");
                foreach (var user in buffer.Until.Append(buffer.From))
                    if (user < 0 || user >= section.Activities.Count) found.Add($"{section.Name}/{buffer.Name} is used by activity {user}, which is not there");
            }
        }

        return found;
    }
}
