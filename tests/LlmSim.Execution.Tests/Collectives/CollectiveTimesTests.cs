using LlmSim.Execution.Collectives;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Tests.Collectives;

public class CollectiveTimesTests
{
    private static readonly Topology s_node = new(100e9, 1e-6, 8, 10e9, 10e-6);

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void Algorithms_take_their_steps(int n)
    {
        const double bytes = 1e6;
        double Time(CollectiveKind kind, CollectiveAlgorithm algorithm) => CollectiveTimes.Seconds(kind, bytes, n, s_node, algorithm);
        Assert.Equal(2 * (n - 1) * (1e-6 + bytes / n / 100e9), Time(CollectiveKind.AllReduce, CollectiveAlgorithm.Ring), 15);
        Assert.Equal(2 * (Math.Ceiling(Math.Log2(n)) * 1e-6 + bytes / 100e9), Time(CollectiveKind.AllReduce, CollectiveAlgorithm.Tree), 15);
        Assert.Equal(1e-6 + (n - 1) * bytes / 100e9, Time(CollectiveKind.AllReduce, CollectiveAlgorithm.OneShot), 15);
        Assert.Equal((n - 1) * (1e-6 + bytes / n / 100e9), Time(CollectiveKind.AllGather, CollectiveAlgorithm.Ring), 15);
        Assert.Equal(1e-6 + (n - 1) * bytes / n / 100e9, Time(CollectiveKind.AllToAll, CollectiveAlgorithm.Auto), 15);
        Assert.Equal(1e-6 + bytes / 100e9, Time(CollectiveKind.Send, CollectiveAlgorithm.Auto), 15);
    }

    [Fact]
    public void The_choice_is_one_shot_for_small_and_ring_for_large_tensors()
    {
        double Time(double bytes, CollectiveAlgorithm algorithm) => CollectiveTimes.Seconds(CollectiveKind.AllReduce, bytes, 8, s_node, algorithm);
        Assert.Equal(Time(1e4, CollectiveAlgorithm.OneShot), Time(1e4, CollectiveAlgorithm.Auto));
        Assert.Equal(Time(1e9, CollectiveAlgorithm.Ring), Time(1e9, CollectiveAlgorithm.Auto));
        // A ring approaches 2(n − 1)/n of the tensor over the bandwidth.
        Assert.Equal(2 * 7 / 8.0 * 1e9 / 100e9, Time(1e9, CollectiveAlgorithm.Auto), 4);
    }

    [Fact]
    public void Groups_across_nodes_pay_the_network_for_their_part()
    {
        var within = CollectiveTimes.Seconds(CollectiveKind.AllReduce, 1e8, 8, s_node, CollectiveAlgorithm.Ring);
        var across = CollectiveTimes.Seconds(CollectiveKind.AllReduce, 1e8, 16, s_node, CollectiveAlgorithm.Ring);
        // Reduce-scatter and all-gather inside cost what the ring inside costs; between two nodes an eighth goes over the network, there and back.
        Assert.Equal(within + 2 * (10e-6 + 1e8 / 8 / 2 / 10e9), across, 12);
        Assert.Equal(0, CollectiveTimes.Seconds(CollectiveKind.AllReduce, 1e8, 1, s_node));
        Assert.Equal(0, CollectiveTimes.Seconds(CollectiveKind.AllReduce, 0, 8, s_node));
    }
}
