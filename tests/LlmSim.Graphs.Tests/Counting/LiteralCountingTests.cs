using LlmSim.Files;
using LlmSim.Graphs.Counting;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Tests.Import;

namespace LlmSim.Graphs.Tests.Counting;

public sealed class LiteralCountingTests
{
    [Theory]
    [InlineData(1, 0, 0, 1)]
    [InlineData(7, 5, 0, 63)]
    [InlineData(1, 9, 0, 10)]
    [InlineData(512, 0, 128, 57408)]
    [InlineData(1, 2048, 2047, 2047)]
    [InlineData(4, 2, 3, 12)]
    public void Causal_pairs_are_those_that_counting_one_by_one_finds(double queries, double past, double window, double expected)
    {
        var slow = 0.0;
        for (var i = 0; i < queries; i++) slow += window > 0 ? Math.Min(past + i + 1, window) : past + i + 1;
        Assert.Equal(slow, expected);
        Assert.Equal(expected, NodeMacs.CausalPairs(queries, past, window));
    }

    [Fact]
    public void A_product_with_a_weight_counts_its_macs_and_each_byte_once()
    {
        var graph = new SmallGraph().Input("x", OnnxElementType.Float16, "batch", 4L, 64L).Weight("w", OnnxElementType.Float16, 64, 32)
            .Node("MatMul", ["x", "w"], ["y"]).Output("y").Import();
        var count = LiteralCounting.Of(graph.Bind(new LlmSim.Graphs.Symbols.DimBinding().Set("batch", 2))).Nodes[0];
        Assert.Equal(2 * 4 * 64 * 32, count.Macs.Linear);
        Assert.Equal(2 * count.Macs.Linear, count.Flops);
        Assert.Equal(64 * 32 * 2, count.Traffic.Weights);
        Assert.Equal(2 * 4 * 64 * 2, count.Traffic.Read);
        Assert.Equal(2 * 4 * 32 * 2, count.Traffic.Written);
    }

    [Fact]
    public void A_gather_reads_the_rows_it_selects_and_not_the_table()
    {
        var graph = new SmallGraph().Input("ids", OnnxElementType.Int64, 3L).Weight("table", OnnxElementType.Float, 1000, 16)
            .Node("Gather", ["table", "ids"], ["y"]).Output("y").Import();
        var traffic = LiteralCounting.Of(graph.Bind(1, 1, 0)).Nodes[0].Traffic;
        Assert.Equal(3 * 16 * 4, traffic.Weights);
        Assert.Equal(3 * 8, traffic.Read);
        Assert.Equal(3 * 16 * 4, traffic.Written);
    }

    [Fact]
    public void A_size_that_nobody_bound_leaves_the_node_undetermined()
    {
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, "n").Node("Relu", ["x"], ["y"]).Output("y").Import();
        var count = LiteralCounting.Of(graph.Bind(new LlmSim.Graphs.Symbols.DimBinding()));
        Assert.Equal(1, count.UndeterminedNodes);
        Assert.Equal(0, count.Flops);
    }
}
