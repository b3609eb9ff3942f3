using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>Matrix products with a constant matrix: linear layers, in every exporter's and quantiser's form.</summary>
internal static class LinearNodes
{
    /// <summary>Notes a linear layer if the node is one.</summary>
    public static bool TryAdd(GraphNode node, DraftBoard board)
    {
        if (!NodeSets.IsProduct(node) || Read(node, board.Flow) is not var (spec, matrix, source)) return false;
        var draft = board.Add(spec, [board.Value(source)], board.Value(node.Outputs[0]!), node);
        draft.Matrix = matrix;
        if (board.Flow.Width(node.Outputs[0]!) is 0) draft.Output.Width = spec.Outputs;
        return true;
    }

    /// <summary>A product with a stack of matrices, one for each expert: the layer that each of them is, and how many there are.</summary>
    public static (Linear Spec, int Copies)? ReadStack(GraphNode node, ActivationFlow flow)
    {
        if (Read(node, flow) is var (spec, _, _)) return (spec, 1);
        if (node.OpType != "MatMul" || !flow.IsMain(node.Input(0)) || flow.IsMain(node.Input(1)) || Weights.Find(node.Input(1)) is not { Dims.Length: 3 } weight) return null;
        var dims = weight.Dims;
        return dims[0] > 0 && dims[1] is > 0 and <= int.MaxValue && dims[2] is > 0 and <= int.MaxValue
            ? (new Linear((int)dims[1], (int)dims[2], false, weight.Format), (int)Math.Min(dims[0], int.MaxValue))
            : null;
    }

    /// <summary>The linear layer that a node is; null when it multiplies activations, or is something else.</summary>
    public static (Linear Spec, GraphTensor Matrix, GraphTensor Source)? Read(GraphNode node, ActivationFlow flow)
    {
        switch (node.OpType)
        {
            case "MatMulNBits": return NBits(node, flow, (int)node.Int("bits", 4), node.Input(3) is not null);
            case "MatMulBnb4" or "MatMulFpQ4": return NBits(node, flow, 4, false);
            case "Gemm": return Product(node, flow, 0, 1, 2, turned: node.Int("transB", 0) != 0);
            case "FusedGemm" or "GemmFastGelu": return Product(node, flow, 0, 1, 2, turned: false);
            case "FusedMatMul" or "TransposeMatMul": return Product(node, flow, 0, 1, -1, turned: node.Int("transB", 0) != 0);
            case "MatMulIntegerToFloat": return Product(node, flow, 0, 1, 6, turned: false);
            case "DynamicQuantizeMatMul": return Product(node, flow, 0, 1, 4, turned: false);
            case "QLinearMatMul": return Product(node, flow, 0, 3, -1, turned: false);
            case "QGemm": return Product(node, flow, 0, 3, 6, turned: node.Int("transB", 0) != 0);
            case "Conv": return Convolution(node, flow);
            case "Einsum": return Product(node, flow, 0, 1, -1, turned: false, free: true) ?? Product(node, flow, 1, 0, -1, turned: false, free: true);
            default: return Product(node, flow, 0, 1, -1, turned: false) ?? Product(node, flow, 1, 0, -1, turned: true);
        }
    }

    // "free": which dimensions are summed over is written in an equation; sizes follow from the activations.
    private static (Linear, GraphTensor, GraphTensor)? Product(
        GraphNode node, ActivationFlow flow, int activation, int matrix, int bias, bool turned, bool free = false)
    {
        if (node.Input(activation) is not { } source || !flow.IsMain(source) || flow.IsMain(node.Input(matrix)) || Weights.Find(node.Input(matrix)) is not { Dims.Length: >= 2 } weight) return null;
        long k = weight.Dims[turned ? ^1 : ^2], n = weight.Dims[turned ? ^2 : ^1];
        for (var i = 0; i < weight.Dims.Length - 2 && !free; i++)
            if (weight.Dims[i] != 1) return null;
        if (free)
        {
            var rows = flow.Width(node.Outputs[0]!);
            if (rows < 1) return null;
            n = (long)rows;
            k = (long)(weight.Elements / rows);
        }

        if (k is <= 0 or > int.MaxValue || n is <= 0 or > int.MaxValue) return null;
        return (new Linear((int)k, (int)n, bias >= 0 && node.Input(bias) is not null, weight.Format), weight.Tensor, source);
    }

    private static (Linear, GraphTensor, GraphTensor)? NBits(GraphNode node, ActivationFlow flow, int bits, bool zeroPoints)
    {
        if (node.Input(0) is not { } source || !flow.IsMain(source) || node.Input(1) is not { } matrix) return null;
        long k = node.Int("K", 0), n = node.Int("N", 0);
        if (k is <= 0 or > int.MaxValue || n is <= 0 or > int.MaxValue) return null;
        var scale = Weights.Format(node.Input(2)?.ElementType ?? default).Bits();
        var format = new WeightFormat(OfBits(bits), (int)Math.Max(1, node.Int("block_size", 32)), scale, zeroPoints ? bits : 0);
        return (new Linear((int)k, (int)n, node.Input(5) is not null, format), matrix, source);
    }

    // Every output channel sums over kernel × input channels: a matrix over unfolded windows.
    private static (Linear, GraphTensor, GraphTensor)? Convolution(GraphNode node, ActivationFlow flow)
    {
        if (node.Input(0) is not { } source || !flow.IsMain(source) || Weights.Find(node.Input(1)) is not { Dims.Length: >= 3 } weight) return null;
        var outputs = weight.Dims[0];
        return (new Linear((int)(weight.Elements / outputs), (int)outputs, node.Input(2) is not null, weight.Format), weight.Tensor, source);
    }

    /// <summary>The integer format of so many bits.</summary>
    public static NumberFormat OfBits(int bits) => bits switch
    {
        1 => NumberFormat.Int1,
        2 => NumberFormat.Int2,
        3 => NumberFormat.Int3,
        8 => NumberFormat.Int8,
        _ => NumberFormat.Int4,
    };
}
