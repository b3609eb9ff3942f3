namespace LlmSim.Machines.TimeModels.Fitted;

/// <summary>One class of operators with a time formula of its own.</summary>
/// <param name="Name">Name in hardware files.</param>
/// <param name="Constants">Its constants, in the order its formula reads them.</param>
public sealed record OperatorClass(string Name, IReadOnlyList<ConstantSpec> Constants)
{
    /// <summary>The values of a set of constants in the order of <see cref="Constants"/>; what is missing takes its starting value.</summary>
    public double[] Values(TimeConstants constants)
    {
        ArgumentNullException.ThrowIfNull(constants);
        return [.. Constants.Select(c => constants.Values.TryGetValue(c.Name, out var value) ? value : c.Start)];
    }
}

/// <summary>All classes. To add one: its formula in a file beside this one, and a line here.</summary>
public static class OperatorClasses
{
    /// <summary>Matrix products with weights.</summary>
    public static OperatorClass Gemm { get; } = new("gemm", GemmTime.Specs);

    /// <summary>Attention of prompts.</summary>
    public static OperatorClass PrefillAttention { get; } = new("prefill-attention", PrefillAttentionTime.Specs);

    /// <summary>Attention of single tokens over a cache.</summary>
    public static OperatorClass DecodeAttention { get; } = new("decode-attention", DecodeAttentionTime.Specs);

    /// <summary>Both in one launch.</summary>
    public static OperatorClass MixedAttention { get; } = new("mixed-attention", MixedAttentionTime.Specs);

    /// <summary>What contexts of different lengths add to attention.</summary>
    public static OperatorClass UnevenDecodes { get; } = new("uneven-decodes", UnevenDecodesTime.Specs);

    /// <summary>Routed experts.</summary>
    public static OperatorClass Experts { get; } = new("experts", MixtureTime.Specs);

    /// <summary>All-reduce inside a node.</summary>
    public static OperatorClass AllReduce { get; } = new("all-reduce", CollectiveTime.Specs);

    /// <summary>Operators without matrices.</summary>
    public static OperatorClass Elementwise { get; } = new("element-wise", ElementwiseTime.Specs);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<OperatorClass> All { get; } = [Gemm, PrefillAttention, DecodeAttention, MixedAttention, UnevenDecodes, Experts, AllReduce, Elementwise];

    /// <summary>The class of a name; null when there is none.</summary>
    public static OperatorClass? Find(string name) => All.FirstOrDefault(c => c.Name == name);
}
