using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Recognition;

/// <summary>
/// Splits the elements of a tensor into shares per token, per query-key pair, per context token, per sequence and constant, by evaluating its symbolic
/// shape at a few batches.
/// </summary>
internal sealed class ExtentProbe(GraphSymbols symbols)
{
    // With one sequence more only batch-dependent shares grow; among these, tokens s and context t = past + s are told apart by four points.
    private readonly DimBinding _single = symbols.Binding(1, 3, 2);
    private readonly DimBinding _s3t5 = symbols.Binding(2, 3, 2);
    private readonly DimBinding _s4t5 = symbols.Binding(2, 4, 1);
    private readonly DimBinding _s3t6 = symbols.Binding(2, 3, 3);
    private readonly DimBinding _s4t6 = symbols.Binding(2, 4, 2);

    /// <summary>The shares; null when the shape is unknown or depends on symbols without a meaning.</summary>
    public Extent? Of(GraphTensor tensor)
    {
        if (tensor.Shape is not { } shape) return null;
        if (Elements(shape, _single) is not { } one || Elements(shape, _s3t5) is not { } two) return null;
        if (Elements(shape, _s4t5) is not { } a || Elements(shape, _s3t6) is not { } b || Elements(shape, _s4t6) is not { } c) return null;
        var constant = 2 * one - two;
        double h35 = (two - constant) / 2, h45 = (a - constant) / 2, h36 = (b - constant) / 2, h46 = (c - constant) / 2;
        var pair = h46 - h45 - h36 + h35;
        var token = h45 - h35 - 5 * pair;
        var context = h36 - h35 - 3 * pair;
        return new Extent(token, 0, pair, h35 - 3 * token - 5 * context - 15 * pair, context, constant);
    }

    private static double? Elements(Shape shape, DimBinding binding)
    {
        var product = 1.0;
        foreach (var dim in shape.Dims)
        {
            if (!dim.TryEvaluate(binding, out var size) || size < 0) return null;
            product *= size;
        }

        return product;
    }
}
