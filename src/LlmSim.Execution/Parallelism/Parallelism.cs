using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Parallelism;

/// <summary>The kinds of parallelism, to say which of them something stands against.</summary>
public enum ParallelKind
{
    /// <summary>Devices that share each operator.</summary>
    Tensor,

    /// <summary>Stages that share the layers.</summary>
    Pipeline,

    /// <summary>Devices that share the experts.</summary>
    Expert,
}

/// <summary>How the devices of one replica share a model.</summary>
/// <param name="Tensor">Devices that share each operator, at least 1.</param>
/// <param name="Pipeline">Stages that share the layers, at least 1.</param>
/// <param name="Expert">Devices that share the experts of a mixture, at least 1: the tensor-parallel ones, or with data-parallel attention any number.</param>
/// <param name="DataParallelAttention">Whether each of the devices that share the experts has sequences of its own and all of the attention.</param>
public readonly record struct Parallelism(int Tensor = 1, int Pipeline = 1, int Expert = 1, bool DataParallelAttention = false)
{
    /// <summary>One device.</summary>
    public static Parallelism None { get; } = new(1);

    /// <summary>Devices of one stage.</summary>
    public int DevicesPerStage => Math.Max(1, Math.Max(Tensor, DataParallelAttention ? Expert : 1));

    /// <summary>Devices of the replica.</summary>
    public int Devices => DevicesPerStage * Math.Max(1, Pipeline);

    /// <summary>Parts into which a batch's sequences are divided, each on devices of its own.</summary>
    public int BatchParts => DataParallelAttention ? Math.Max(1, Expert) : 1;

    /// <summary>What stands against sharing a model so, with what to do about it; empty when nothing does.</summary>
    public IReadOnlyList<(ParallelKind Kind, string Text, string Remedy)> Obstacles(LanguageModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var found = new List<(ParallelKind, string, string)>();
        if (DataParallelAttention)
        {
            if (Expert <= 1) found.Add((ParallelKind.Expert, "data-parallel attention needs experts that several devices share", "make it at least 2"));
            if (Tensor > 1) found.Add((ParallelKind.Tensor, $"{Tensor} stands beside data-parallel attention, where each device has the whole attention", "make it 1"));
            if (Expert > 1) found.AddRange(ExpertParallel.Obstacles(model, Expert).Select(o => (ParallelKind.Expert, o, "choose a number that divides the experts")));
        }
        else if (Expert > 1 && Expert != Tensor)
        {
            found.Add((ParallelKind.Expert, $"{Expert} differs from the {Tensor} tensor-parallel devices that hold the experts", "make them equal, or give each device sequences of its own with data-parallel attention"));
        }
        else if (Expert > 1)
        {
            found.AddRange(ExpertParallel.Obstacles(model, Expert).Select(o => (ParallelKind.Expert, o, "choose a number that divides the experts")));
        }

        if (Tensor > 1 && !DataParallelAttention)
            found.AddRange(TensorParallel.Obstacles(model, Tensor, SpreadExperts).Except(Expert > 1 ? ExpertParallel.Obstacles(model, Tensor) : [])
                .Select(o => (ParallelKind.Tensor, o, "choose a number that divides the heads")));
        if (Pipeline > model.LayerCount) found.Add((ParallelKind.Pipeline, $"{Pipeline} stages for {model.LayerCount} layers", "take fewer"));
        return found;
    }

    /// <summary>What one device executes of all layers, collectives within its stage included; the layers are not divided yet.</summary>
    /// <exception cref="ArgumentException">The model cannot be shared so.</exception>
    public LanguageModel Shard(LanguageModel model) => DataParallelAttention
        ? ExpertParallel.Shard(model, Expert, ownTokens: true)
        : TensorParallel.Shard(model, Tensor, SpreadExperts);

    private bool SpreadExperts => Expert > 1 && !DataParallelAttention;
}
