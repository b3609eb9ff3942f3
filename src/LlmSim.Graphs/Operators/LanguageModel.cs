using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>
/// A decoder as an engine sees it, recognised from a graph: what runs before the layers, the kinds of layer, what runs after them.
/// Graphs of one model by different exporters come to equal language models.
/// </summary>
public sealed record LanguageModel
{
    /// <summary>The name people know it by: a catalogue name or the graph's file name.</summary>
    public required string Name { get; init; }

    /// <summary>What runs before the layers; null where the graph has nothing there.</summary>
    public LayerGroup? Prologue { get; init; }

    /// <summary>The distinct kinds of layer, in order of first occurrence.</summary>
    public required IReadOnlyList<LayerGroup> LayerGroups { get; init; }

    /// <summary>What runs after the layers: final norm and LM head; null where the graph ends with its layers.</summary>
    public LayerGroup? Epilogue { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Tokens of the vocabulary; 0 when the graph has no LM head.</summary>
    public int VocabularySize { get; init; }

    /// <summary>Longest context that the model was made for, in tokens; null when the graph does not say.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>Format of the activations in the graph as exported.</summary>
    public NumberFormat ExportedActivations { get; init; } = NumberFormat.Fp16;

    /// <summary>Sliding windows of its attention layers, in tokens, ascending, without repetition, at most two.</summary>
    public IReadOnlyList<int> Windows { get; init; } = [];

    /// <summary>What a batch must carry so that every operator's work can be computed from it.</summary>
    public BatchNeeds Needs => Windows.Count == 0 ? BatchNeeds.None : new BatchNeeds { Windows = Windows };

    /// <summary>Share of the graph's FLOPs (dense, at one probe batch) whose operators were recognised, 0 to 1.</summary>
    public double Coverage { get; init; } = 1;

    /// <summary>What the import could not recognise or had to assume, one sentence each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Prologue, layer kinds and epilogue, those that exist, in order.</summary>
    public IEnumerable<LayerGroup> Groups
    {
        get
        {
            if (Prologue is not null) yield return Prologue;
            foreach (var group in LayerGroups) yield return group;
            if (Epilogue is not null) yield return Epilogue;
        }
    }

    /// <summary>Transformer layers.</summary>
    public int LayerCount => LayerGroups.Sum(g => g.Layers.Count);

    /// <summary>All parameters; a tied LM head counts once.</summary>
    public double Parameters => Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.Parameters));

    /// <summary>Elements that one token adds to the KV cache over all layers.</summary>
    public double KvElementsPerToken => Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.KvElementsPerToken));

    /// <summary>Bytes of all weights.</summary>
    public double WeightBytes(Precision precision) => Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.WeightBytes(precision)));
}
