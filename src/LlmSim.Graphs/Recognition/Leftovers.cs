using LlmSim.Graphs.Import;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Graphs.Recognition;

/// <summary>What is left when patterns are done: places where two activations meet, and nodes that nobody knows.</summary>
internal static class Leftovers
{
    /// <summary>Notes an element-wise node with two or more activations: a residual addition, a gate, a concatenation.</summary>
    public static void AddMerge(GraphNode node, DraftBoard board)
    {
        var inputs = board.Inputs(node);
        var output = board.Value(node.Outputs[0]!);
        var width = output.Width > 0 ? output.Width : Widest(inputs);
        output.Width = width;
        switch (node.OpType)
        {
            case "Add" or "Sum" or "Sub":
                board.Add(ElementWise.Add((int)width) with { ReadsPerRow = Total(inputs) }, inputs, output, node);
                break;
            case "Mul":
                var product = board.Add(new ElementWise(ElementWiseKind.Other, width, Total(inputs), width), inputs, output, node);
                product.IsProduct = true;
                break;
            case "Concat":
                board.Add(new Copy(new Extent(PerToken: width)), inputs, output, node).IsConcatenation = true;
                break;
            default:
                board.Add(new ElementWise(ElementWiseKind.Other, width, Total(inputs), width), inputs, output, node);
                break;
        }
    }

    /// <summary>Notes a node that nobody knows: named, costed by its bytes, and by its FLOPs where it is a product.</summary>
    public static void AddUnknown(GraphNode node, DraftBoard board, ExtentProbe probe)
    {
        Extent read = default, written = default;
        double weights = 0, bits = 0;
        foreach (var input in node.Inputs)
        {
            if (input is null) continue;
            if (board.Flow.IsMain(input))
            {
                read += Size(input, board, probe);
            }
            else if (Weights.Find(input) is { } weight)
            {
                weights += weight.Elements;
                bits = weight.Format.Format.Bits();
            }
        }

        DraftValue? first = null;
        foreach (var output in node.Outputs)
        {
            if (output is null || !board.Flow.IsMain(output)) continue;
            written += Size(output, board, probe);
            var value = board.Value(output);
            value.Extent = Size(output, board, probe);
            first ??= value;
        }

        if (first is null) return;
        var reduction = NodeSets.IsProduct(node) && node.Input(0) is { } left ? Math.Max(1, board.Flow.LastDim(left)) : 0;
        var flops = reduction > 0 ? Scale(written, 2.0 * reduction) : written;
        var draft = board.Add(
            new Unrecognised(node.FullType.Replace(':', '.'), read, written, weights, (int)bits, flops), board.Inputs(node), first, node);
        foreach (var output in node.Outputs)
        {
            if (output is null || !board.Flow.IsMain(output)) continue;
            var value = board.Value(output);
            if (ReferenceEquals(value, first)) continue;
            draft.Outputs.Add(value);
            value.Producer = draft;
        }

        board.Notes.Add($"{node} is not known: costed by its bytes");
    }

    private static Extent Size(GraphTensor tensor, DraftBoard board, ExtentProbe probe) =>
        probe.Of(tensor) ?? new Extent(PerToken: board.Flow.Width(tensor) is > 0 and var width ? width : board.Value(tensor).Width);

    private static Extent Scale(Extent e, double by) =>
        new(e.PerToken * by, e.PerSampled * by, e.PerPair * by, e.PerSequence * by, e.PerContextToken * by, e.Constant * by);

    private static double Total(List<DraftValue> inputs)
    {
        double total = 0;
        foreach (var input in inputs) total += input.Width;
        return total;
    }

    private static double Widest(List<DraftValue> inputs)
    {
        double widest = 0;
        foreach (var input in inputs) widest = Math.Max(widest, input.Width);
        return widest;
    }
}
