using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Measured;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.TimeModels.Measured;

/// <summary>A layer of Llama-3.1-8B, its gate and up projections apart, as tables meet it.</summary>
internal static class Samples
{
    private static readonly WeightFormat s_stored = new(NumberFormat.Bf16);

    public static HardwareCatalogue Catalogue { get; } = new(Repository.Path("hardware"));

    public static Precision Bf16 { get; } = new(new WeightFormat(NumberFormat.Bf16), NumberFormat.Bf16, NumberFormat.Bf16);

    public static Attention Heads { get; } = new(32, 8, 128, 128);

    public static LanguageModel Model { get; } = new()
    {
        Name = "sample",
        HiddenSize = 4096,
        LayerGroups =
        [
            new LayerGroup("layer", [0],
            [
                new("qkv_proj", new Linear(4096, 6144, false, s_stored), [0], [1]), new("attention", Heads, [1], [2]),
                new("o_proj", new Linear(4096, 4096, false, s_stored), [2], [3]), new("gate_proj", new Linear(4096, 14336, false, s_stored), [3], [4]),
                new("up_proj", new Linear(4096, 14336, false, s_stored), [3], [5]), new("down_proj", new Linear(14336, 4096, false, s_stored), [4], [6]),
            ], [], 6),
        ],
    };

    public static MeasuredPart Part(Precision? precision = null, int devices = 1) => new(Model, precision ?? Bf16, devices);

    public static MeasuredShape Gemm(double m, double n, double k) => MeasuredShape.Gemm(MeasuredFormats.Bf16, m, n, k);

    public static MeasuredShape Decode(double sequences, double keys) =>
        MeasuredShape.Attention(MeasuredClass.DecodeAttention, MeasuredFormats.Bf16, new MeasuredHeads(32, 8, 128), sequences, keys);

    public static MeasuredShape Prefill(double sequences, double tokens) =>
        MeasuredShape.Attention(MeasuredClass.PrefillAttention, MeasuredFormats.Bf16, new MeasuredHeads(32, 8, 128), sequences, tokens);
}
