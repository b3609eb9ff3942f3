using LlmSim.Graphs.Symbols;

namespace LlmSim.Graphs.Tests.Symbols;

public sealed class DimTests
{
    private static readonly Dim A = Dim.Symbol("a"), B = Dim.Symbol("b"), C = Dim.Symbol("c");

    [Fact]
    public void Equal_expressions_have_one_form()
    {
        Assert.Equal((A + B) * (A + B), (A * A) + (2 * A * B) + (B * B));
        Assert.Equal(A + B, B + A);
        Assert.Equal(A - A, Dim.Zero);
        Assert.Equal("a*b + 2*a + 1", ((A * (B + 2)) + 1).ToString());
        Assert.NotEqual(A + B, A + C);
    }

    [Fact]
    public void Division_that_comes_out_even_leaves_no_trace()
    {
        Assert.Equal(A, Dim.FloorDiv(A * B * 768, B * 768));
        Assert.Equal(A + B, Dim.FloorDiv(((A + B) * C * 64) + (0 * C), C * 64));
        Assert.Equal(64, Dim.FloorDiv((A + B) * 64, A + B));
        Assert.Equal(A + 2 + Dim.FloorDiv((3 * A) + 1, 4), Dim.FloorDiv((7 * A) + 9, 4));
        Assert.Equal(Dim.Zero, Dim.Mod(12 * A, 4));
    }

    [Fact]
    public void What_holds_for_all_sizes_is_decided()
    {
        Assert.False(Dim.AreEqual(A + 1, 0));
        Assert.True(Dim.AreEqual(A + B, B + A));
        Assert.Null(Dim.AreEqual(A, B));
        Assert.False(Dim.AreEqual(A, -1));
        Assert.Equal(A + B, Dim.Max(A, A + B));
        Assert.Equal(A, Dim.Min(A + B, A));
        Assert.Equal(A, Dim.Max(0, A));
        Assert.True(Dim.IsLess(A, A + 1));
        Assert.Null(Dim.IsLess(A, B));
    }

    [Fact]
    public void Broadcasting_takes_the_size_that_is_not_one()
    {
        Assert.Equal(A, Dim.Broadcast(A, 1));
        Assert.Equal(7, Dim.Broadcast(7, A));
        Assert.Equal(A, Dim.Broadcast(A, A));
        var stretched = Dim.Broadcast(A, B);
        Assert.True(stretched.TryEvaluate(new DimBinding().Set("a", 1).Set("b", 9), out var nine));
        Assert.Equal(9, nine);
        Assert.Equal(stretched, Dim.Broadcast(stretched, A));

        // A slice of a table of 1024 positions, added to a tensor of a positions, has a positions.
        Assert.Equal(A, Dim.Broadcast(A, Dim.Min(A, 1024)));
        Assert.Equal(B, Dim.Broadcast(Dim.Max(Dim.Min(A + B, 1024) - Dim.Min(A, 1024), 0), B));
    }

    [Fact]
    public void Overflow_and_growth_end_in_unknown()
    {
        Assert.True((Dim.Of(long.MaxValue) + 1).IsUnknown);
        Assert.True((Dim.Of(long.MaxValue) * 2).IsUnknown);
        Assert.True((Dim.Of(long.MinValue) - 1).IsUnknown);
        var product = Dim.One;
        for (var i = 0; i < 40; i++) product *= Dim.Symbol("s" + i) + i + 1;
        Assert.True(product.IsUnknown);
        var nested = A;
        for (var i = 0; i < 100; i++) nested = Dim.FloorDiv(nested + B, C);
        Assert.True(nested.IsUnknown);
        Assert.False((A * A).TryEvaluate(new DimBinding().Set("a", long.MaxValue), out _));
        Assert.True(Dim.FloorDiv(A, 0).IsUnknown);
    }

    [Fact]
    public void Substitution_replaces_inside_functions()
    {
        var dim = Dim.Min(A, 5) + (B * A);
        Assert.Equal(3 + (3 * B), dim.Substitute(name => name == "a" ? 3 : null));
    }

    /// <summary>Random expressions, computed beside plain numbers.</summary>
    [Fact]
    public void Evaluation_equals_plain_arithmetic()
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var (dim, binding, expected) = Build(new Random(seed));
            if (dim.IsUnknown) continue;
            Assert.True(dim.TryEvaluate(binding, out var value) && value == expected, $"seed {seed}: {dim} is {value}, not {expected}");
        }
    }

    private static (Dim Dim, DimBinding Binding, long Value) Build(Random random)
    {
        var sizes = new long[3];
        var binding = new DimBinding();
        for (var i = 0; i < 3; i++) binding.Set(((char)('a' + i)).ToString(), sizes[i] = random.Next(0, 20));
        var (dim, value) = Expression(random, sizes, 4);
        return (dim, binding, value);
    }

    private static (Dim Dim, long Value) Expression(Random random, long[] sizes, int depth)
    {
        if (depth == 0 || random.Next(5) == 0)
        {
            var which = random.Next(4);
            if (which < 3) return (Dim.Symbol(((char)('a' + which)).ToString()), sizes[which]);
            long constant = random.Next(-3, 9);
            return (constant, constant);
        }

        var (a, x) = Expression(random, sizes, depth - 1);
        var (b, y) = Expression(random, sizes, depth - 1);
        switch (random.Next(8))
        {
            case 0: return (a + b, x + y);
            case 1: return (a - b, x - y);
            case 2: return (a * b, x * y);
            case 3: return (Dim.Min(a, b), Math.Min(x, y));
            case 4: return (Dim.Max(a, b), Math.Max(x, y));
            case 5: return (Dim.FloorDiv(a, 3), (long)Math.Floor(x / 3.0));
            case 6: return (Dim.CeilDiv(a, 4), (long)Math.Ceiling(x / 4.0));
            default: return (Dim.Mod(a, 5), ((x % 5) + 5) % 5);
        }
    }
}
