using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>Number formats by role.</summary>
public sealed record PrecisionSection
{
    /// <summary>Storage of the weights; "as-exported" keeps what the model holds.</summary>
    [OneOf("as-exported", "fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4", "int3", "int2", "int1")]
    public string Weights { get; init; } = "fp16";

    /// <summary>Weights that share one 16-bit scale, for quantised weights; 0 for none.</summary>
    [Bounds(0, 65536)]
    public int GroupSize { get; init; }

    /// <summary>Whether each group has a 16-bit minimum beside its scale.</summary>
    public bool ZeroPoints { get; init; }

    /// <summary>Storage of activations, and the arithmetic of what is not quantised below it.</summary>
    [OneOf("fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4")]
    public string Activations { get; init; } = "fp16";

    /// <summary>Storage of keys and values.</summary>
    [OneOf("fp32", "fp16", "bf16", "fp8", "int8", "fp4", "int4")]
    public string Kv { get; init; } = "fp16";
}
