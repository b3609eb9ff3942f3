namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>Operators that a measured table can hold.</summary>
public enum MeasuredClass
{
    /// <summary>Matrix products: widths n and k, size m.</summary>
    Gemm,

    /// <summary>Attention of prompts from an empty cache: heads, KV heads, head width; sequences, and tokens of each.</summary>
    PrefillAttention,

    /// <summary>Attention of single tokens over a cache: heads, KV heads, head width; sequences, and keys of each, its own included.</summary>
    DecodeAttention,
}
