using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>What a stage does, from the nodes in it.</summary>
internal readonly record struct StageFacts
{
    /// <summary>The node, when there is just one.</summary>
    public GraphNode? Single { get; private init; }

    /// <summary>Sums and means over the last dimension.</summary>
    public int Reductions { get; private init; }

    /// <summary>Width over which they go; 0 when unknown.</summary>
    public int ReducedWidth { get; private init; }

    /// <summary>Whether it divides by a root of a mean of squares.</summary>
    public bool IsNorm { get; private init; }

    /// <summary>Whether it subtracts the mean and does nothing else.</summary>
    public bool IsCentring { get; private init; }

    /// <summary>Elements of constant vectors that multiply.</summary>
    public double ScaleElements { get; private init; }

    /// <summary>Elements of constant vectors that are added.</summary>
    public double ShiftElements { get; private init; }

    /// <summary>Whether it is one operation with one number.</summary>
    public bool IsScaling { get; private init; }

    public ActivationFunction? Function { get; private init; }

    /// <summary>Whether it mixes parts of a head with tables of positions.</summary>
    public bool IsRotation { get; private init; }

    /// <summary>Elements per token that are rotated.</summary>
    public double RotatedWidth { get; private init; }

    /// <summary>Last dimension of the result.</summary>
    public int HeadDim { get; private init; }

    public bool HasSoftmax { get; private init; }

    /// <summary>The look-up of the side operand that it adds; null when it does not.</summary>
    public GraphNode? PositionTable { get; private init; }

    /// <summary>Elements per token of the result.</summary>
    public double OutputWidth { get; private init; }

    /// <summary>FLOPs per token, one per element and node.</summary>
    public double Flops { get; private init; }

    public static StageFacts Of(Stage stage, ActivationFlow flow)
    {
        int reductions = 0, reduced = 0, sideProducts = 0, centrings = 0;
        bool root = false, erf = false, tanh = false, sigmoid = false, relu = false, cube = false, quick = false, clip = false, moves = false, softmax = false;
        bool gelu = false, exp = false;
        double scale = 0, shift = 0, rotated = 0, flops = 0;
        GraphNode? position = null;
        foreach (var node in stage.Nodes)
        {
            var width = flow.Width(node.Outputs[0]!);
            flops += width;
            switch (node.OpType)
            {
                case "ReduceMean" or "ReduceSum" or "ReduceSumSquare" or "ReduceL2":
                    reductions++;
                    reduced = flow.LastDim(node.Inputs[0]!);
                    root |= node.OpType == "ReduceL2";
                    break;
                case "Sqrt" or "LpNormalization": root = true; break;
                case "Pow":
                    if (node.Input(1) is { } power && power.TryGetScalar(out var exponent))
                    {
                        root |= exponent < 0;
                        cube |= exponent == 3;
                    }

                    break;
                case "Erf": erf = true; break;
                case "Tanh": tanh = true; break;
                case "Sigmoid" or "HardSigmoid": sigmoid = true; break;
                case "Relu" or "LeakyRelu" or "Elu" or "Selu": relu = true; break;
                case "Gelu" or "FastGelu" or "BiasGelu": gelu = true; break;
                case "QuickGelu": quick = true; break;
                case "Swish" or "HardSwish" or "Mish" or "Softplus": sigmoid = true; break;
                case "Exp": exp = true; break;
                case "Clip": clip = true; break;
                case "Concat" or "Neg": moves = true; break;
                case "Softmax" or "LogSoftmax": softmax = true; break;
                case "Sub": centrings++; break;
            }

            if (node.OpType is "Add" or "Sub" or "Mul" or "Div" or "BiasGelu" or "FastGelu" or "Sum" or "BiasAdd")
                ReadOperands(node, flow, width, ref scale, ref shift, ref sideProducts, ref rotated, ref position, ref quick);
        }

        var output = stage.Outputs.Count > 0 ? stage.Outputs[^1] : stage.Nodes[^1].Outputs[0]!;
        var single = stage.Nodes.Count == 1 ? stage.Nodes[0] : null;
        var isNorm = reductions > 0 && root;
        return new StageFacts
        {
            Single = single,
            Reductions = reductions,
            ReducedWidth = reduced,
            IsNorm = isNorm || single is { OpType: "LpNormalization" },
            IsCentring = reductions == 1 && !root && !exp && centrings == 1 && stage.Nodes.Count == 2,
            ScaleElements = scale,
            ShiftElements = shift,
            IsScaling = single is { OpType: "Mul" or "Div" or "Add" or "Sub" } && scale == 0 && shift == 0 && sideProducts == 0 && position is null && HasScalar(single),
            Function = isNorm || softmax ? null
                : erf || gelu || tanh && (cube || stage.Nodes.Count > 3) ? ActivationFunction.Gelu
                : quick ? ActivationFunction.QuickGelu
                : sigmoid && clip ? ActivationFunction.ClampedSwiglu
                : sigmoid ? single is { OpType: "Sigmoid" or "HardSigmoid" } ? ActivationFunction.Sigmoid : ActivationFunction.Silu
                : tanh ? ActivationFunction.Tanh
                : relu ? ActivationFunction.Relu
                : null,
            IsRotation = sideProducts >= 2 && moves && reductions == 0,
            RotatedWidth = rotated / 2,
            HeadDim = flow.LastDim(output),
            HasSoftmax = softmax || exp && reductions > 0,
            PositionTable = single is { OpType: "Add" } ? position : null,
            OutputWidth = flow.Width(output) is > 0 and var known ? known : flow.Width(stage.Input),
            Flops = flops,
        };
    }

    private static void ReadOperands(
        GraphNode node, ActivationFlow flow, double width, ref double scale, ref double shift, ref int sideProducts, ref double rotated, ref GraphNode? position,
        ref bool quick)
    {
        var multiplies = node.OpType is "Mul" or "Div";
        foreach (var input in node.Inputs)
        {
            if (input is null || flow.IsMain(input)) continue;
            if (Weights.Find(input) is { } weight)
            {
                if (weight.Elements > 1)
                {
                    if (multiplies) scale += weight.Elements;
                    else shift += weight.Elements;
                }
                else if (multiplies && input.TryGetScalar(out var number) && Math.Abs(number - 1.702) < 0.01)
                {
                    quick = true;
                }

                continue;
            }

            if (multiplies)
            {
                sideProducts++;
                rotated += width;
            }
            else
            {
                position ??= LookupBehind(input);
            }
        }
    }

    private static bool HasScalar(GraphNode node)
    {
        foreach (var input in node.Inputs)
            if (input is not null && (input.TryGetScalar(out _) || Weights.Find(input) is { IsScalar: true } || input.Shape is { Rank: 0 })) return true;
        return false;
    }

    private static GraphNode? LookupBehind(GraphTensor tensor)
    {
        for (var steps = 0; tensor.Producer is { } producer && steps < 6; steps++)
        {
            if (TokenEmbedding.IsLookup(producer) && TokenEmbedding.Table(producer) is { Dims.Length: 2 }) return producer;
            if (!NodeSets.IsView(producer) || producer.Input(0) is not { } next) return null;
            tensor = next;
        }

        return null;
    }
}
