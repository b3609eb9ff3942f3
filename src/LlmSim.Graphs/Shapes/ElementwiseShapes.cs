using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Operators that work element by element: unary ones, and those that stretch their operands to each other.</summary>
internal static class ElementwiseShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "Add" => static c => Arithmetic(c, ScalarMath.Add),
        "Sub" => static c => Arithmetic(c, ScalarMath.Subtract),
        "Mul" => static c => Arithmetic(c, ScalarMath.Multiply),
        "Div" => static c => Arithmetic(c, c.Type(0).IsInteger() ? ScalarMath.DivideIntegers : ScalarMath.Divide),
        "Mod" => static c => Arithmetic(c, ScalarMath.Mod),
        "Pow" => static c => Arithmetic(c, ScalarMath.Power),
        "Min" => static c => Fold(c, ScalarMath.Min),
        "Max" => static c => Fold(c, ScalarMath.Max),
        "Sum" => static c => Fold(c, ScalarMath.Add),
        "Mean" => static c => Fold(c, null),
        "PRelu" or "BitShift" or "BitwiseAnd" or "BitwiseOr" or "BitwiseXor" => static c => Fold(c, null),
        "BiasGelu" or "BiasAdd" or "BiasSoftmax" or "BiasDropout" or "BiasSplitGelu" => Unary,
        "Equal" => static c => Comparison(c, ScalarMath.Equal),
        "Less" => static c => Comparison(c, ScalarMath.Less),
        "Greater" => static c => Comparison(c, static (a, b) => ScalarMath.Less(b, a)),
        "LessOrEqual" => static c => Comparison(c, static (a, b) => ScalarMath.Not(ScalarMath.Less(b, a))),
        "GreaterOrEqual" => static c => Comparison(c, static (a, b) => ScalarMath.Not(ScalarMath.Less(a, b))),
        "And" => static c => Comparison(c, ScalarMath.And),
        "Or" => static c => Comparison(c, ScalarMath.Or),
        "Xor" => static c => Comparison(c, ScalarMath.Xor),
        "Not" => static c => Mapped(c, ScalarMath.Not),
        "IsNaN" or "IsInf" => static c => c.Out(0, c.In(0), OnnxElementType.Bool),
        "Where" => Where,
        "Cast" => Cast,
        "CastLike" => static c => CastTo(c, c.Type(1)),
        "Neg" => static c => Mapped(c, ScalarMath.Negate),
        "Abs" => static c => Mapped(c, ScalarMath.Absolute),
        "Sqrt" => static c => Mapped(c, ScalarMath.Sqrt),
        "Exp" => static c => Mapped(c, static x => ScalarMath.Real(x, Math.Exp)),
        "Log" => static c => Mapped(c, static x => ScalarMath.Real(x, Math.Log)),
        "Reciprocal" => static c => Mapped(c, static x => ScalarMath.Divide(Scalar.Of(Dim.One), x)),
        "Floor" => static c => Mapped(c, ScalarMath.Floor),
        "Ceil" => static c => Mapped(c, ScalarMath.Ceiling),
        "Identity" => Identity,
        "Dropout" => Dropout,
        "Round" or "Sign" or "Erf" or "Tanh" or "Sigmoid" or "Relu" or "LeakyRelu" or "ThresholdedRelu" or "Elu" or "Celu" or "Selu" or "Gelu"
            or "FastGelu" or "QuickGelu" or "Swish" or "HardSigmoid" or "HardSwish" or "Mish" or "Softplus" or "Softsign" or "Shrink" or "Sin"
            or "Cos" or "Tan" or "Asin" or "Acos" or "Atan" or "Sinh" or "Cosh" or "Asinh" or "Acosh" or "Atanh" or "Clip" or "Softmax"
            or "LogSoftmax" or "Hardmax" or "CumSum" or "CumProd" or "BitwiseNot" or "Trilu" or "ReverseSequence" or "Inverse"
            or "Bernoulli" or "LpNormalization" or "LRN" or "MeanVarianceNormalization" or "PreserveSymbolicShape" => Unary,
        _ => null,
    };

    /// <summary>One output of the first input's shape and type.</summary>
    public static void Unary(ShapeContext c) => c.Out(0, c.In(0));

    private static void Mapped(ShapeContext c, Func<Scalar, Scalar> function)
    {
        c.Out(0, c.In(0));
        if (c.Value(0) is { } value) c.Known(0, ValueMoves.Map(value, function));
    }

    private static void Identity(ShapeContext c)
    {
        c.Out(0, c.In(0));
        c.Known(0, c.Value(0));
        if (c.Node.Output(0) is { } output) output.Constant = c.Node.Input(0)?.Constant;
    }

    private static void Dropout(ShapeContext c)
    {
        c.Out(0, c.In(0));
        c.Out(1, c.In(0), OnnxElementType.Bool);
        c.Known(0, c.Value(0));
    }

    private static void Arithmetic(ShapeContext c, Func<Scalar, Scalar, Scalar> function)
    {
        // Before opset 7 attributes told how the second operand was stretched to the first.
        var shape = c.Node.Int("broadcast", 0) != 0 ? c.In(0) : c.Broadcast(c.In(0), c.In(1));
        c.Out(0, shape);
        if (c.Node.Int("broadcast", 0) == 0) c.Known(0, ValueMoves.Combine(c, shape, function));
    }

    private static void Comparison(ShapeContext c, Func<Scalar, Scalar, Scalar> function)
    {
        var shape = c.Broadcast(c.In(0), c.In(1));
        c.Out(0, shape, OnnxElementType.Bool);
        c.Known(0, ValueMoves.Combine(c, shape, function));
    }

    /// <summary>Any number of operands.</summary>
    private static void Fold(ShapeContext c, Func<Scalar, Scalar, Scalar>? function)
    {
        var shape = c.In(0);
        var value = c.Value(0);
        for (var i = 1; i < c.Node.Inputs.Count; i++)
        {
            var next = c.Broadcast(shape, c.In(i));
            value = function is null || value is null || c.Value(i) is not { } other
                ? null
                : ValueMoves.Combine(value, shape, other, c.In(i), next, function);
            shape = next;
        }

        c.Out(0, shape);
        c.Known(0, value);
    }

    private static void Where(ShapeContext c)
    {
        var shape = c.Broadcast(c.Broadcast(c.In(0), c.In(1)), c.In(2));
        c.Out(0, shape, c.Type(1));
        if (shape is null || c.Value(1) is not { } yes || c.Value(2) is not { } no) return;
        var condition = c.Value(0);
        if (yes.IsUniform && no.IsUniform && (condition is null || condition.IsUniform))
        {
            c.Known(0, KnownValue.Uniform(ScalarMath.Choose(condition?[0] ?? Scalar.Unknown, yes[0], no[0])));
            return;
        }

        if (!ValueMoves.TryCount(shape, out var count)) return;
        var elements = new Scalar[count];
        for (var i = 0; i < count; i++)
        {
            var which = condition is null ? Scalar.Unknown : condition[ValueMoves.BroadcastIndex(i, shape, c.In(0)!)];
            elements[i] = ScalarMath.Choose(which, yes[ValueMoves.BroadcastIndex(i, shape, c.In(1)!)], no[ValueMoves.BroadcastIndex(i, shape, c.In(2)!)]);
        }

        c.Known(0, KnownValue.Of(elements));
    }

    private static void Cast(ShapeContext c) => CastTo(c, TensorReader.ElementType(c.Node.Int("to", 0)));

    private static void CastTo(ShapeContext c, OnnxElementType type)
    {
        c.Out(0, c.In(0), type);
        if (c.Value(0) is not { } value) return;
        c.Known(0, type.IsFloat() ? value
            : type == OnnxElementType.Bool ? ValueMoves.Map(value, static x => ScalarMath.Not(ScalarMath.Equal(x, Scalar.Of(Dim.Zero))))
            : ValueMoves.Map(value, ScalarMath.Truncate));
    }
}
