using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Import;

/// <summary>
/// Finds what the symbols of a graph's inputs mean, and which follow from others. Two sources only: expressions that the operators compute
/// against names that the outputs declare (present: past + sequence, declared total), and the exporters' names of inputs.
/// </summary>
internal static class SymbolRelations
{
    /// <summary>Symbols of inputs that the outputs' declared names equate with a sum of other symbols of inputs.</summary>
    public static Dictionary<string, Dim> Derived(Graph graph)
    {
        var derived = new Dictionary<string, Dim>(StringComparer.Ordinal);
        var inputs = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs) AddSymbols(input, inputs);
        foreach (var output in graph.Outputs)
        {
            if (output.Shape is not { } shape || output.DeclaredShape is not { } declared || shape.Rank != declared.Rank) continue;
            for (var i = 0; i < shape.Rank; i++)
            {
                if (declared[i].SymbolName is not { } name || !inputs.Contains(name) || derived.ContainsKey(name)) continue;
                if (IsSum(shape[i], name, inputs, derived)) derived[name] = shape[i];
            }
        }

        return derived;
    }

    /// <summary>The meaning of each free symbol, by the inputs that have it.</summary>
    public static GraphSymbols Describe(Graph graph, Dictionary<string, Dim> derived)
    {
        var roles = new List<KeyValuePair<string, SymbolRole>>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var input in graph.Inputs)
        {
            if (input.Shape is not { } shape) continue;
            for (var axis = 0; axis < shape.Rank; axis++)
            {
                if (shape[axis].SymbolName is not { } name) continue;
                var role = Role(input, axis, shape);
                if (seen.Add(name))
                {
                    roles.Add(new(name, role));
                    continue;
                }

                // An input with a telling name says more than one without.
                var at = roles.FindIndex(r => string.Equals(r.Key, name, StringComparison.Ordinal));
                if (roles[at].Value == SymbolRole.Other || role == SymbolRole.Sequence) roles[at] = new(name, role);
            }
        }

        return new GraphSymbols(roles, [.. derived]);
    }

    /// <summary>total = past + sequence, where the inputs have all three and nothing else relates them.</summary>
    public static bool TryTotal(Graph graph, out string total, out Dim sum)
    {
        total = "";
        sum = Dim.Unknown;
        var symbols = Describe(graph, []);
        if (symbols.Find(SymbolRole.Total) is not { } name || symbols.Find(SymbolRole.Past) is not { } past || symbols.Find(SymbolRole.Sequence) is not { } sequence)
            return false;
        total = name;
        sum = Dim.Symbol(past) + Dim.Symbol(sequence);
        return true;
    }

    /// <summary>Puts derived symbols in their place in the inputs' shapes.</summary>
    public static void Substitute(Graph graph, Dictionary<string, Dim> derived)
    {
        Dim? Replacement(string name) => derived.TryGetValue(name, out var dim) ? dim : null;
        foreach (var tensor in graph.Tensors)
        {
            if (tensor.IsGraphInput && tensor.Shape is not null) tensor.Shape = Replaced(tensor.Shape, Replacement);
            if (tensor.DeclaredShape is not null) tensor.DeclaredShape = Replaced(tensor.DeclaredShape, Replacement);
        }
    }

    private static Shape Replaced(Shape shape, Func<string, Dim?> replacement)
    {
        if (shape.IsConstant) return shape;
        var dims = shape.Dims.ToArray();
        for (var i = 0; i < dims.Length; i++) dims[i] = dims[i].Substitute(replacement);
        return new Shape(dims);
    }

    private static void AddSymbols(GraphTensor input, SortedSet<string> names)
    {
        if (input.Shape is null) return;
        foreach (var dim in input.Shape.Dims) dim.AddSymbols(names);
    }

    /// <summary>
    /// A lone symbol equated with another lone one proves little (exporters reuse names carelessly), so only sums count, of symbols that the
    /// inputs have and that are not derived themselves.
    /// </summary>
    private static bool IsSum(Dim dim, string name, SortedSet<string> inputs, Dictionary<string, Dim> derived)
    {
        if (dim.IsUnknown || dim.IsConstant || dim.Terms.Terms.Length < 2 || dim.Terms.Depth > 0) return false;
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        dim.AddSymbols(symbols);
        foreach (var symbol in symbols)
            if (symbol == name || !inputs.Contains(symbol) || derived.ContainsKey(symbol)) return false;
        return true;
    }

    private static SymbolRole Role(GraphTensor input, int axis, Shape shape)
    {
        var rank = shape.Rank;
        if (IsCache(input.Name))
        {
            // [batch, heads, tokens, size], or keys and values stacked: [2, batch, heads, tokens, size].
            if (axis == rank - 4) return SymbolRole.Batch;
            return axis == rank - 2 ? SymbolRole.Past : SymbolRole.Other;
        }

        var isMask = IsMask(input.Name);
        if (rank > 3 || axis > 1 || (!isMask && !IsTokenInput(input.Name) && !IsHidden(input, shape))) return SymbolRole.Other;
        if (axis == 0) return SymbolRole.Batch;
        return isMask ? SymbolRole.Total : SymbolRole.Sequence;
    }

    /// <summary>Activations of the decoder itself: [batch, sequence, a fixed width].</summary>
    private static bool IsHidden(GraphTensor input, Shape shape) =>
        shape.Rank == 3 && shape[2].IsConstant && shape[2] != Dim.One && input.ElementType.IsFloat() && !Has(input.Name, "encoder");

    private static bool IsTokenInput(string name) => Has(name, "input_ids") || Has(name, "position_ids") || Has(name, "inputs_embeds")
        || Has(name, "token_type") || Has(name, "segment_ids") || name is "input" or "tokens" or "input1" or "ids";

    private static bool IsMask(string name) => Has(name, "attention_mask") || Has(name, "input_mask") || Has(name, "padding_mask");

    private static bool IsCache(string name) => Has(name, "past") && !Has(name, "past_seq") || Has(name, "cache_k") || Has(name, "cache_v") || Has(name, "kv_cache")
        || Has(name, "key_cache") || Has(name, "value_cache");

    private static bool Has(string name, string part) => name.Contains(part, StringComparison.OrdinalIgnoreCase);
}
