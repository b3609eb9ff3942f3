using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Einsum: each letter of the equation names a dimension, "..." any leading ones.</summary>
internal static class EinsumShapes
{
    public static void Einsum(ShapeContext c)
    {
        var equation = c.Node.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        var arrow = equation.IndexOf("->", StringComparison.Ordinal);
        var terms = (arrow < 0 ? equation : equation[..arrow]).Split(',');
        if (equation.Length is 0 or > 256 || terms.Length != c.Node.Inputs.Count) return;
        var sizes = new SortedDictionary<char, Dim>();
        var counts = new Dictionary<char, int>();
        var ellipsis = Shape.Scalar;
        for (var slot = 0; slot < terms.Length; slot++)
        {
            if (c.In(slot) is not { } shape) return;
            var term = terms[slot];
            var dots = term.IndexOf("...", StringComparison.Ordinal);
            var letters = dots < 0 ? term : term.Remove(dots, 3);
            var extra = shape.Rank - letters.Length;
            if (extra < 0 || (dots < 0 && extra > 0))
            {
                c.Fail($"\"{term}\" does not describe {shape}");
                return;
            }

            for (var i = 0; i < letters.Length; i++)
            {
                var size = shape[dots >= 0 && i >= dots ? i + extra : i];
                counts[letters[i]] = counts.GetValueOrDefault(letters[i]) + 1;
                if (!sizes.TryGetValue(letters[i], out var earlier))
                {
                    sizes[letters[i]] = size;
                    continue;
                }

                if (earlier.IsConstant && size.IsConstant && earlier != size && earlier != Dim.One && size != Dim.One)
                {
                    c.Fail($"'{letters[i]}' is {earlier} and {size} in \"{equation}\"");
                    return;
                }

                sizes[letters[i]] = Dim.Broadcast(earlier, size);
            }

            if (dots < 0) continue;
            if (c.Broadcast(ellipsis, new Shape(shape.Dims.Slice(dots, extra).ToArray())) is not { } wider) return;
            ellipsis = wider;
        }

        var output = arrow >= 0 ? equation[(arrow + 2)..] : Implicit(sizes, counts, ellipsis);
        var dims = new List<Dim>();
        for (var i = 0; i < output.Length; i++)
        {
            if (output[i] == '.')
            {
                foreach (var dim in ellipsis.Dims) dims.Add(dim);
                i += 2;
            }
            else
            {
                dims.Add(sizes.TryGetValue(output[i], out var size) ? size : Dim.Unknown);
            }
        }

        c.Out(0, new Shape([.. dims]));
    }

    /// <summary>Without an arrow the output has the letters that occur once, in alphabetical order.</summary>
    private static string Implicit(SortedDictionary<char, Dim> sizes, Dictionary<char, int> counts, Shape ellipsis)
    {
        var output = ellipsis.Rank > 0 ? "..." : "";
        foreach (var (letter, _) in sizes)
            if (counts[letter] == 1) output += letter;
        return output;
    }
}
