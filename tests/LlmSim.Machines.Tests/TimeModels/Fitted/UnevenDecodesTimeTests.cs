using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;
using LlmSim.Tests;

namespace LlmSim.Machines.Tests.TimeModels.Fitted;

public class UnevenDecodesTimeTests
{
    private static readonly HardwareCatalogue s_catalogue = new(Repository.Path("hardware"));
    private static readonly AttentionHeads s_heads = new(32, 8, 128, 128, 2);

    [Fact]
    public void The_surplus_of_the_longest_context_costs_its_keys()
    {
        var c = new UnevenConstants(1e-8);
        Assert.Equal(0, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 1000), s_heads, c));
        Assert.Equal(3e-5, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 4000), s_heads, c), 1e-12);
        // Half the width, or half the bytes, is half the time.
        Assert.Equal(1.5e-5, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 4000), s_heads with { KeyDim = 64, ValueDim = 64 }, c), 1e-12);
        Assert.Equal(1.5e-5, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 4000), s_heads with { KvBytes = 1 }, c), 1e-12);
        // In the middle of the last head's turn it starts half a turn late, and never by more than it is longer.
        Assert.Equal(4e-5, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 4000), s_heads, c, turnSeconds: 2e-5), 1e-12);
        Assert.Equal(6e-5, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 4000), s_heads, c, turnSeconds: 1), 1e-12);
        Assert.Equal(0, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0, 1000), s_heads, c, turnSeconds: 1));
        // Batches of which nothing but the mean is known are even.
        Assert.Equal(0, UnevenDecodesTime.Seconds(new DecodeShape(64, 1000, 0), s_heads, c));
    }

    [Fact]
    public void Small_batches_split_their_contexts_and_later_kernels_always_do()
    {
        var device = AttentionDevice.Of(s_catalogue.Find("rtx-pro-6000"));
        // 8 blocks a sequence: 256 of them are split, 304 fill 188 multiprocessors well enough.
        Assert.False(UnevenDecodesTime.Unsplit(new DecodeShape(32, 1000, 0), s_heads, device));
        Assert.True(UnevenDecodesTime.Unsplit(new DecodeShape(38, 1000, 0), s_heads, device));
        Assert.False(UnevenDecodesTime.Unsplit(new DecodeShape(512, 1000, 0), s_heads, AttentionDevice.Of(s_catalogue.Find("h100-80gb-sxm"))));
    }

    [Theory]
    [InlineData("rtx-pro-6000", true)]
    [InlineData("rtx-4090", true)]
    [InlineData("h100-80gb-sxm", false)]
    [InlineData("a100-80gb-sxm", false)] // nobody measured it there, and the constant is not lent
    public void One_long_context_slows_the_batch_where_that_was_measured(string device, bool slower)
    {
        var time = TimeModelCatalogue.Create("fitted", s_catalogue.Find(device), s_catalogue);
        var attention = new Attention(32, 8, 128, 128);
        double Seconds(params int[] contexts)
        {
            var batch = default(BatchShape);
            foreach (var context in contexts) batch.Decode.Add(context, 1, BatchNeeds.None);
            batch.SampledPositions = contexts.Length;
            return time.Time(attention, attention.Work(batch, Precision.Fp16), batch, Precision.Fp16).Seconds;
        }

        var even = Seconds([.. Enumerable.Repeat(1000, 65)]);
        var uneven = Seconds([.. Enumerable.Repeat(950, 64), 4200]);
        Assert.Equal(slower, uneven > even * 1.02);
        Assert.True(uneven < even * 2);
    }
}
