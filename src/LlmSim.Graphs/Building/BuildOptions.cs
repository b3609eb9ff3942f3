using LlmSim.Files;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Building;

/// <summary>How a graph is to be written: the number formats of activations and weights.</summary>
public sealed record BuildOptions
{
    /// <summary>Format of activations, norms, biases, the embedding and the KV cache: fp16, bf16 or fp32.</summary>
    public NumberFormat Activations { get; init; } = NumberFormat.Fp16;

    /// <summary>
    /// Format of the weight matrices. Null: as the configuration says (MXFP4 experts, GPTQ and AWQ matrices), else as the activations.
    /// The format of the activations: plain MatMul and MoE. int8 or int4: MatMulNBits and QMoE.
    /// </summary>
    public NumberFormat? Weights { get; init; }

    /// <summary>Weights along the reduction that share a scale in MatMulNBits and QMoE: a power of two, 16 to 256.</summary>
    public int BlockSize { get; init; } = 32;

    /// <summary>Checks the options against each other.</summary>
    /// <param name="errors">Takes what is wrong.</param>
    public void Check(InputErrors errors)
    {
        if (Activations is not (NumberFormat.Fp16 or NumberFormat.Bf16 or NumberFormat.Fp32))
            errors.Add("--activations", 0, "", $"{Activations.Name()} is no format for activations of a graph", "use fp16, bf16 or fp32");
        if (Weights is { } weights && weights != Activations && weights is not (NumberFormat.Int4 or NumberFormat.Int8))
        {
            var problem = $"{weights.Name()} weights cannot be written beside {Activations.Name()} activations";
            errors.Add("--weights", 0, "", problem, $"use {Activations.Name()}, int8 or int4");
        }

        if (BlockSize is < 16 or > 256 || !int.IsPow2(BlockSize))
            errors.Add("--block-size", 0, "", $"{BlockSize} is not a power of two from 16 to 256");
    }
}
