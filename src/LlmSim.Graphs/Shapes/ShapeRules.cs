namespace LlmSim.Graphs.Shapes;

/// <summary>Sets type, shape and, where they feed shapes, elements of a node's outputs.</summary>
internal delegate void ShapeRule(ShapeContext context);

/// <summary>
/// Finds the rule of an operator. To add an operator: one line in the switch of its family's file, and a rule there if none fits.
/// Contributed operators that exporters write in the standard domain, or the other way round, are found in either.
/// </summary>
internal static class ShapeRules
{
    /// <summary>The rule; null for an operator nobody knows.</summary>
    public static ShapeRule? Find(string domain, string opType)
    {
        // Rules of the standard and of ONNX Runtime's domains; anything elsewhere is somebody's own operator.
        if (domain is not ("" or "com.microsoft" or "com.microsoft.nchwc" or "ai.onnx.preview.training" or "com.microsoft.experimental")) return null;
        return ElementwiseShapes.Find(opType)
            ?? ReshapingShapes.Find(opType)
            ?? MovementShapes.Find(opType)
            ?? IndexingShapes.Find(opType)
            ?? SourceShapes.Find(opType)
            ?? ReductionShapes.Find(opType)
            ?? MatrixShapes.Find(opType)
            ?? ConvolutionShapes.Find(opType)
            ?? RecurrentShapes.Find(opType)
            ?? NormalizationShapes.Find(opType)
            ?? AttentionShapes.Find(domain, opType)
            ?? QuantizationShapes.Find(opType)
            ?? ControlShapes.Find(opType)
            ?? GenerationShapes.Find(opType)
            ?? TrainingShapes.Find(opType);
    }
}
