using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Parallelism;

/// <summary>
/// Expert parallelism: each device holds a part of every layer's experts. With data-parallel attention each device has tokens of its own; they are
/// sent to their experts by an all-to-all and come back by another. Without it all devices hold the same tokens and add their parts by an all-reduce.
/// </summary>
/// <remarks>
/// Balanced on average: one device's experts get the mean number of rows; which experts are read follows the tokens of all devices. A token is
/// sent once to each device that holds some of its k experts, which are taken to lie at random.
/// </remarks>
public static class ExpertParallel
{
    /// <summary>What stands against it, a sentence each; empty when nothing does.</summary>
    public static IReadOnlyList<string> Obstacles(LanguageModel model, int ranks)
    {
        ArgumentNullException.ThrowIfNull(model);
        if (ranks < 1) return [$"expert parallel needs at least 1 device, not {ranks}"];
        var experts = model.LayerGroups.SelectMany(g => g.Operators).Where(o => o.Spec is MixtureOfExperts).ToList();
        if (experts.Count == 0) return [$"{model.Name} has no experts to spread"];
        return [.. experts.Where(o => ((MixtureOfExperts)o.Spec).Experts % ranks != 0)
            .Select(o => $"{o.Name} has {((MixtureOfExperts)o.Spec).Experts} experts, which {ranks} devices cannot divide evenly").Distinct()];
    }

    /// <summary>What one device executes, collectives included.</summary>
    /// <param name="model">The whole model, or its tensor-parallel part for the attention (then its experts must still be whole).</param>
    /// <param name="ranks">Devices that share the experts, at least 1; 1 leaves the model as it is.</param>
    /// <param name="ownTokens">Whether each device has tokens of its own (data-parallel attention); batches are then those of one device.</param>
    /// <exception cref="ArgumentException">The experts cannot be spread so; the message holds all <see cref="Obstacles"/>.</exception>
    public static LanguageModel Shard(LanguageModel model, int ranks, bool ownTokens)
    {
        var obstacles = Obstacles(model, ranks);
        if (obstacles.Count > 0) throw new ArgumentException(string.Join("; ", obstacles), nameof(ranks));
        return ranks == 1 ? model : model with { LayerGroups = [.. model.LayerGroups.Select(g => Shard(g, ranks, ownTokens))] };
    }

    private static LayerGroup Shard(LayerGroup group, int ranks, bool ownTokens)
    {
        if (!group.Operators.Any(o => o.Spec is MixtureOfExperts)) return group;
        var operators = new List<Operator>();
        var values = new List<ActivationValue>(group.Values);
        var renamed = new Dictionary<int, int>();
        foreach (var original in group.Operators)
        {
            var step = original with { Inputs = [.. original.Inputs.Select(i => renamed.GetValueOrDefault(i, i))] };
            if (step.Spec is not MixtureOfExperts experts)
            {
                operators.Add(step);
                continue;
            }

            var here = step with { Spec = experts with { Ranks = ranks, OwnTokens = ownTokens } };
            if (ownTokens)
            {
                // To each device that has at least one of a token's k experts the token goes once.
                var copies = ranks * (1 - Math.Pow(1 - 1.0 / ranks, experts.ExpertsPerToken));
                var exchange = new Collective(CollectiveKind.AllToAll, experts.Hidden * copies, ranks);
                values.Add(new ActivationValue($"{step.Name} (dispatched)", exchange.ElementsPerRow));
                operators.Add(new Operator($"{step.Name}_dispatch", exchange, step.Inputs, [values.Count - 1]));
                operators.Add(here with { Inputs = [values.Count - 1, .. step.Inputs.Skip(1)] });
                AddAfter(step.Name + "_combine", exchange);
            }
            else
            {
                operators.Add(here);
                AddAfter(step.Name + "_all_reduce", new Collective(CollectiveKind.AllReduce, experts.Hidden, ranks));
            }

            void AddAfter(string name, Collective collective)
            {
                var output = step.Outputs[0];
                values.Add(group.Values[output]);
                operators.Add(new Operator(name, collective, [output], [values.Count - 1]));
                renamed[output] = values.Count - 1;
            }
        }

        return group with { Operators = operators, Values = values, OutputValue = renamed.GetValueOrDefault(group.OutputValue, group.OutputValue) };
    }
}
