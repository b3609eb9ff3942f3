using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Parallelism;

/// <summary>Pipeline parallelism: consecutive layers on each device, which hands the residual stream to the next.</summary>
public static class PipelineParallel
{
    /// <summary>
    /// What each stage executes: layers in equal parts, the remainder to the middle stages from the last but one backwards (the first has the embedding
    /// and the last the head besides); all but the last end with a send.
    /// </summary>
    /// <param name="model">The model, or the part of it that a tensor-parallel device executes.</param>
    /// <param name="stages">At least 1, at most the number of layers.</param>
    /// <exception cref="ArgumentException">There are fewer layers than stages, or no stage at all.</exception>
    public static IReadOnlyList<LanguageModel> Stages(LanguageModel model, int stages)
    {
        ArgumentNullException.ThrowIfNull(model);
        var layers = model.LayerCount;
        if (stages < 1 || stages > layers)
            throw new ArgumentException($"{model.Name} has {layers} layers, which cannot make {stages} pipeline stages", nameof(stages));
        if (stages == 1) return [model];
        var counts = LayersPerStage(layers, stages);
        var result = new List<LanguageModel>();
        var first = 0;
        for (var s = 0; s < stages; s++)
        {
            var end = first + counts[s];
            var begin = first;
            result.Add(model with
            {
                Name = $"{model.Name} (stage {s + 1} of {stages})",
                Prologue = s == 0 ? model.Prologue : null,
                LayerGroups = [.. model.LayerGroups.Select(g => g with { Layers = [.. g.Layers.Where(l => l >= begin && l < end)] }).Where(g => g.Layers.Count > 0)],
                Epilogue = s == stages - 1 ? model.Epilogue : SendOf(model),
            });
            first = end;
        }

        return result;
    }

    /// <summary>How many layers each stage gets.</summary>
    internal static int[] LayersPerStage(int layers, int stages)
    {
        var counts = Enumerable.Repeat(layers / stages, stages).ToArray();
        var rest = layers % stages;
        for (var s = stages - 2; rest > 0; s = s > 0 ? s - 1 : stages - 1, rest--) counts[s]++;
        return counts;
    }

    private static LayerGroup SendOf(LanguageModel model) => new(
        "send", [], [new Operator("send", new Collective(CollectiveKind.Send, model.HiddenSize, 2), [0], [1])],
        [new ActivationValue("hidden", model.HiddenSize), new ActivationValue("sent", model.HiddenSize)], 1);
}
