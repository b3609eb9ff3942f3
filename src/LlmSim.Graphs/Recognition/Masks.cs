using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Recognition;

/// <summary>What an attention mask hides.</summary>
/// <param name="Causal">Whether it hides what comes after a query.</param>
/// <param name="Window">Keys that a query sees, itself among them, when a sliding window hides older ones; null for none.</param>
internal sealed record MaskFacts(bool Causal, int? Window)
{
    /// <summary>Nothing.</summary>
    public static MaskFacts None { get; } = new(false, null);

    /// <summary>What two masks hide together.</summary>
    public MaskFacts With(MaskFacts other) => new(
        Causal || other.Causal, Window is null ? other.Window : other.Window is null ? Window : Math.Min(Window.Value, other.Window.Value));
}

/// <summary>
/// Reads masks by how they are made: comparing positions of keys and queries makes them causal, comparing with positions shifted by a constant makes
/// a window. What only pads (comparing a mask input with a number) is neither.
/// </summary>
internal sealed class Masks
{
    private const int MaxNodes = 2000;

    private readonly Dictionary<GraphTensor, MaskFacts> _known = [];

    public MaskFacts Read(GraphTensor mask)
    {
        // Every layer cuts the one mask to size for itself.
        while (mask is { Constant: null, Producer: { OpType: "Slice" or "Cast" or "Unsqueeze" or "Expand" or "Identity" } node } && node.Input(0) is { } before) mask = before;
        if (_known.TryGetValue(mask, out var facts)) return facts;
        facts = MaskFacts.None;
        var seen = new HashSet<GraphTensor>();
        var pending = new Stack<GraphTensor>();
        pending.Push(mask);
        while (pending.Count > 0 && seen.Count < MaxNodes)
        {
            var tensor = pending.Pop();
            if (!seen.Add(tensor)) continue;
            if (tensor.Constant is { } table)
            {
                // A table of which key follows which query.
                var rank = table.Dimensions.Count;
                if (rank >= 2 && table.Dimensions[rank - 1] > 1 && table.Dimensions[rank - 1] == table.Dimensions[rank - 2]) facts = facts with { Causal = true };
                continue;
            }

            if (tensor.Producer is not { } node) continue;
            if (node.OpType is "Trilu" or "Less" or "LessOrEqual" or "Greater" or "GreaterOrEqual")
            {
                facts = facts with { Causal = true };
                if (Window(node) is { } window) facts = facts.With(new MaskFacts(true, window));
            }

            // A mask that is cut to size follows the data, not the sizes.
            var inputs = node.OpType is "Slice" or "Reshape" or "Expand" or "Gather" or "Unsqueeze" or "Squeeze" ? 1 : node.Inputs.Count;
            for (var i = 0; i < inputs && i < node.Inputs.Count; i++)
                if (node.Inputs[i] is { } input) pending.Push(input);
        }

        return _known[mask] = facts;
    }

    // "key > query − W" and "key ≤ query − W": W keys are left; with equality the other way round, one more.
    private static int? Window(GraphNode comparison)
    {
        if (comparison.Input(0) is not { } left || comparison.Input(1) is not { } right) return null;
        var strict = comparison.OpType is "Greater" or "LessOrEqual";
        if (Shift(right) is { } back) return strict ? back : back + 1;
        if (Shift(left) is { } front) return comparison.OpType is "Less" or "GreaterOrEqual" ? front : front + 1;
        return null;
    }

    private static int? Shift(GraphTensor positions)
    {
        for (var steps = 0; steps < 4 && positions.Producer is { OpType: "Reshape" or "Unsqueeze" or "Cast" or "Transpose" or "Expand" } view; steps++)
            positions = view.Input(0)!;
        if (positions.Producer is not { OpType: "Sub" or "Add" } node || node.Input(0) is not { } from || node.Input(1) is not { } by) return null;
        if (positions.ElementType is not (OnnxElementType.Int64 or OnnxElementType.Int32) || IsNumber(from)) return null;
        if (!by.TryGetScalar(out var shift)) return null;
        var window = node.OpType == "Sub" ? shift : -shift;
        return window is > 1 and < int.MaxValue ? (int)window : null;
    }

    private static bool IsNumber(GraphTensor tensor) => tensor.TryGetScalar(out _);
}
