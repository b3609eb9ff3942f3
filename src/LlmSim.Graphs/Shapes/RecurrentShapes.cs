using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Recurrent layers over [tokens, batch, width], or [batch, tokens, width] with layout 1.</summary>
internal static class RecurrentShapes
{
    public static ShapeRule? Find(string opType) => opType switch
    {
        "LSTM" or "GRU" or "RNN" or "DynamicQuantizeLSTM" => Recurrent,
        _ => null,
    };

    private static void Recurrent(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 3 } input) return;
        Dim directions = c.Node.Text("direction", "forward") == "bidirectional" ? 2 : 1;
        Dim hidden = c.Node.Int("hidden_size", -1) is > 0 and var width ? width : Dim.Unknown;
        var batchFirst = c.Node.Int("layout", 0) == 1;
        var (tokens, batch) = batchFirst ? (input[1], input[0]) : (input[0], input[1]);
        c.Out(0, batchFirst ? new Shape(batch, tokens, directions, hidden) : new Shape(tokens, directions, batch, hidden));
        var state = batchFirst ? new Shape(batch, directions, hidden) : new Shape(directions, batch, hidden);
        c.Out(1, state);
        c.Out(2, state);
    }
}
