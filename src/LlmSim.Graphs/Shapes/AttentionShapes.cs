using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Shapes;

/// <summary>Attention in its many operators, rotation, and mixtures of experts.</summary>
internal static class AttentionShapes
{
    public static ShapeRule? Find(string domain, string opType) => opType switch
    {
        "Attention" when domain.Length == 0 => StandardAttention,
        "Attention" or "QAttention" or "DecoderMaskedSelfAttention" => PackedWeightsAttention,
        "MultiHeadAttention" => MultiHeadAttention,
        "DecoderMaskedMultiHeadAttention" => MultiHeadAttention,
        "GroupQueryAttention" or "SparseAttention" => GroupQueryAttention,
        "PagedAttention" => PagedAttention,
        "PackedAttention" => PackedAttention,
        "PackedMultiHeadAttention" => PackedMultiHeadAttention,
        "LongformerAttention" => ElementwiseShapes.Unary,
        "LinearAttention" => LinearAttention,
        "RotaryEmbedding" or "GemmaRotaryEmbedding" => ElementwiseShapes.Unary,
        "RelativePositionBias" => RelativePositionBias,
        "MoE" or "QMoE" or "ShardedMoE" => ElementwiseShapes.Unary,
        _ => null,
    };

    /// <summary>A rank-4 tensor; 0 heads stand for what the operator's attribute should have said.</summary>
    private static Shape Cache(Dim batch, Dim heads, Dim tokens, Dim size) => new(batch, heads, tokens, size);

    private static Dim Divided(Dim width, long parts) => parts > 0 ? Dim.FloorDiv(width, parts) : Dim.Unknown;

    /// <summary>
    /// Tokens in the cache afterwards: past + new, unless the graph keeps the cache in one buffer, which it shows by declaring the
    /// same size before and after.
    /// </summary>
    private static Dim Total(ShapeContext c, int outputSlot, int axis, Dim past, Dim added)
    {
        var declared = c.Node.Output(outputSlot)?.DeclaredShape;
        if (declared is not null && axis < declared.Rank && declared[axis] == past) return past;
        return past + added;
    }

    /// <summary>com.microsoft:Attention: input times packed weights; past and present stack keys and values as [2, batch, heads, tokens, size].</summary>
    private static void PackedWeightsAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 3 } input) return;
        var heads = c.Node.Int("num_heads", 0);
        var listed = c.Node.Ints("qkv_hidden_sizes");
        var third = Dim.FloorDiv(c.Size(1, -1), 3);
        var valueWidth = listed is { Count: 3 } ? listed[2] : third;
        var keyWidth = listed is { Count: 3 } ? listed[1] : third;
        var type = c.Node.OpType is "QAttention" ? c.Type(3) : c.Type(0);
        c.Out(0, new Shape(input[0], input[1], valueWidth), type);
        if (!c.Wants(1)) return;
        var pastSlot = c.Node.OpType is "QAttention" ? 8 : 4;
        var past = c.Has(pastSlot) ? c.Size(pastSlot, 3) : Dim.Zero;
        var shares = c.Node.Int("past_present_share_buffer", 0) != 0 || (c.Node.OpType is "DecoderMaskedSelfAttention" && c.Has(pastSlot));
        c.Out(1, new Shape(2, input[0], heads > 0 ? heads : Dim.Unknown, shares ? past : past + input[1], Divided(keyWidth, heads)), type);
    }

    private static void MultiHeadAttention(ShapeContext c)
    {
        if (c.In(0) is not { } query) return;
        var masked = c.Node.OpType is "DecoderMaskedMultiHeadAttention";
        var heads = c.Node.Int("num_heads", 0);
        Dim batch = query[0], tokens = c.Size(0, 1);

        // Queries, keys and values may come packed as [batch, tokens, heads, 3, size].
        var packed = query.Rank == 5;
        var key = c.In(1);
        var keyPacked = key is { Rank: 5 };
        var perHead = key is { Rank: 4 };
        var added = packed || key is null ? tokens : perHead ? c.Size(1, 2) : c.Size(1, 1);
        var size = packed ? query[4] : query.Rank == 3 ? Divided(query[2], heads) : Dim.Unknown;
        var valueWidth = packed ? query[4] * heads
            : keyPacked ? key![4] * heads
            : c.In(2) is { Rank: 4 } ? c.Size(2, 3) * heads
            : c.Has(2) ? c.Size(2, 2)
            : size * heads;
        c.Out(0, new Shape(batch, tokens, valueWidth));

        var pastSlot = masked ? 5 : 6;
        var past = c.Has(pastSlot) ? c.Size(pastSlot, 2) : Dim.Zero;
        var shares = masked && c.Node.Int("past_present_share_buffer", 0) != 0;

        // Cross-attention hands over whole keys; nothing is added to them.
        var total = perHead ? added : shares ? past : past + added;
        var headCount = heads > 0 ? heads : Dim.Unknown;
        c.Out(1, Cache(batch, headCount, total, size));
        c.Out(2, Cache(batch, headCount, total, Divided(valueWidth, heads)));
        c.Out(3, Cache(batch, headCount, tokens, total));
    }

    private static void GroupQueryAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 3 } query) return;
        var heads = c.Node.Int("num_heads", 0);
        var kvHeads = c.Node.Int("kv_num_heads", 0);
        if (heads is <= 0 or > 1 << 20 || kvHeads is <= 0 or > 1 << 20)
        {
            c.Fail($"num_heads {heads} and kv_num_heads {kvHeads} must be above 0");
            return;
        }

        var packed = !c.Has(1);
        var size = Divided(query[2], packed ? heads + (2 * kvHeads) : heads);
        c.Out(0, new Shape(query[0], query[1], size * heads));
        for (var slot = 1; slot <= 2; slot++)
        {
            var pastSlot = slot + 2;
            var past = c.Has(pastSlot) ? c.Size(pastSlot, 2) : Dim.Zero;
            var total = c.Has(pastSlot) ? Total(c, slot, 2, past, query[1]) : query[1];

            // A quantised cache keeps its own type, and packs its numbers.
            c.Out(slot, Cache(query[0], kvHeads, total, c.Has(pastSlot) ? c.Size(pastSlot, 3) : size), c.Has(pastSlot) ? c.Type(pastSlot) : c.Type(0));
        }

        c.Out(3, Cache(query[0], heads, query[1], c.Single(6).Dim));
    }

    private static void PagedAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 2 } query) return;
        var heads = c.Node.Int("num_heads", 0);
        var parts = heads + (2 * c.Node.Int("kv_num_heads", 0));
        c.Out(0, new Shape(query[0], c.Has(1) ? query[1] : Divided(query[1], parts) * heads));
        c.Out(1, c.In(3), c.Type(3));
        c.Out(2, c.In(4), c.Type(4));
    }

    private static void PackedAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 2 } input) return;
        c.Out(0, new Shape(input[0], c.Node.Ints("qkv_hidden_sizes") is { Count: 3 } listed ? listed[2] : Dim.FloorDiv(c.Size(1, -1), 3)));
    }

    private static void PackedMultiHeadAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: > 1 } query) return;
        c.Out(0, query.Rank == 4 ? new Shape(query[0], query[1] * query[3]) : new Shape(query[0], c.Has(2) ? c.Size(2, -1) : query[1]));
    }

    /// <summary>ONNX Attention (opset 23 on): [batch, heads, tokens, size], or [batch, tokens, width] with the head counts in attributes.</summary>
    private static void StandardAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 3 or 4 } query || c.In(1) is not { } key || c.In(2) is not { } value || key.Rank != query.Rank || value.Rank != query.Rank)
            return;
        Dim heads, kvHeads, tokens, added, keySize, valueSize;
        if (query.Rank == 4)
        {
            (heads, kvHeads, tokens, added, keySize, valueSize) = (query[1], key[1], query[2], key[2], key[3], value[3]);
            c.Out(0, new Shape(query[0], heads, tokens, valueSize));
        }
        else
        {
            var queryHeads = c.Node.Int("q_num_heads", 0);
            var keyHeads = c.Node.Int("kv_num_heads", 0);
            if (queryHeads <= 0 || keyHeads <= 0)
            {
                c.Fail("three-dimensional inputs need q_num_heads and kv_num_heads");
                return;
            }

            (heads, kvHeads, tokens, added) = (queryHeads, keyHeads, query[1], key[1]);
            (keySize, valueSize) = (Divided(key[2], keyHeads), Divided(value[2], keyHeads));
            c.Out(0, new Shape(query[0], tokens, heads * valueSize));
        }

        var total = c.Has(4) ? c.Size(4, 2) + added : added;
        c.Out(1, Cache(query[0], kvHeads, total, keySize), c.Type(1));
        c.Out(2, Cache(query[0], kvHeads, total, valueSize), c.Type(2));
        c.Out(3, Cache(query[0], heads, tokens, total));
    }

    /// <summary>Linear attention over [batch, tokens, heads·size] with a state [batch, kv heads, key size, value size].</summary>
    private static void LinearAttention(ShapeContext c)
    {
        if (c.In(0) is not { Rank: 3 } query) return;
        var heads = c.Node.Int("q_num_heads", 0);
        var kvHeads = c.Node.Int("kv_num_heads", 0);
        var valueSize = Divided(c.Size(2, -1), kvHeads);
        c.Out(0, new Shape(query[0], query[1], valueSize * Math.Max(heads, kvHeads)));
        c.Out(1, c.Has(3) ? c.In(3) : Cache(query[0], kvHeads, Divided(c.Size(1, -1), kvHeads), valueSize), c.Has(3) ? c.Type(3) : c.Type(0));
    }

    private static void RelativePositionBias(ShapeContext c) =>
        c.Out(0, new Shape(1, c.Size(0, 1), c.Single(1).Dim, c.Single(2).Dim));
}
