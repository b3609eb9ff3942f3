using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public sealed class CollectiveTimeTests
{
    private static readonly CollectiveConstants s_links = new(4e-6, 1e-7, 2.5e11, 9e-6, 1e-7, 3.5e11, 1e-3);
    private static readonly CollectiveConstants s_bus = s_links with { Contention = 1 };

    [Fact]
    public void Two_ranks_do_not_notice_others_and_eight_on_one_bus_have_a_quarter_of_it()
    {
        Assert.Equal(CollectiveTime.AllReduce(1e8, 2, s_links), CollectiveTime.AllReduce(1e8, 2, s_bus), 1e-12);
        var free = CollectiveTime.AllReduce(1e10, 8, s_links);
        Assert.InRange(CollectiveTime.AllReduce(1e10, 8, s_bus) / free, 3.9, 4);
    }

    [Fact]
    public void Small_messages_are_exchanged_directly_large_ones_in_two_steps_and_more_never_takes_less()
    {
        Assert.Equal(4e-6 + 7 * (1e-7 + 256 / 2.5e11), CollectiveTime.AllReduce(256, 8, s_links), 1e-9);
        Assert.InRange(1e10 * 2 * 7 / 8 / CollectiveTime.AllReduce(1e10, 8, s_links), 0.98 * 3.5e11, 3.5e11);
        foreach (var constants in new[] { s_links, s_bus })
        {
            double last = 0;
            for (double bytes = 1; bytes < 1e11; bytes *= 1.5)
            {
                var seconds = CollectiveTime.AllReduce(bytes, 4, constants);
                Assert.True(seconds >= last && CollectiveTime.AllReduce(bytes, 8, constants) >= seconds);
                last = seconds;
            }
        }
    }
}
