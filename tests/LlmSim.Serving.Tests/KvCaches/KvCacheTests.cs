using LlmSim.Serving.Engines;
using LlmSim.Serving.KvCaches;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.KvCaches;

public class KvCacheTests
{
    [Fact]
    public void A_prompt_with_the_same_beginning_hits_all_its_full_blocks_but_the_last_token()
    {
        var kv = new KvCache(100, 16, prefixCache: true);
        Admit(kv, Make(0, 64, [1, 2, 3, 4]));

        Assert.Equal(3, kv.Find(Make(1, 64, [1, 2, 3, 4])).Blocks);
        Assert.Equal(4, kv.Find(Make(2, 65, [1, 2, 3, 4])).Blocks);
        Assert.Equal(2, kv.Find(Make(3, 64, [1, 2, 9, 4])).Blocks);
        Assert.Equal(0, kv.Find(Make(4, 64, [])).Blocks);
    }

    [Fact]
    public void Shared_blocks_are_counted_once_and_freed_with_the_last_user()
    {
        var kv = new KvCache(100, 16, prefixCache: true);
        var (a, b) = (Make(0, 65, [1, 2, 3, 4]), Make(1, 65, [1, 2, 3, 4]));
        Admit(kv, a);
        Admit(kv, b);
        Assert.Equal(6, kv.Used);

        kv.Release(a);
        Assert.Equal(5, kv.Used);
        kv.Release(b);
        Assert.Equal(0, kv.Used);
        Assert.Equal(kv.Taken, kv.Released);
    }

    [Fact]
    public void Eviction_takes_the_least_recently_freed_and_the_end_of_a_chain_first()
    {
        var kv = new KvCache(8, 16, prefixCache: true);
        var old = Make(0, 64, [1, 2, 3, 4]);
        var young = Make(1, 64, [5, 6, 7, 8]);
        Admit(kv, old);
        Admit(kv, young);
        kv.Release(old);
        kv.Release(young);

        kv.Take(2);

        Assert.Equal(2, kv.Find(Make(2, 65, [1, 2, 3, 4])).Blocks);
        Assert.Equal(4, kv.Find(Make(3, 65, [5, 6, 7, 8])).Blocks);
    }

    [Fact]
    public void A_hit_on_a_free_block_saves_it_from_eviction()
    {
        var kv = new KvCache(5, 16, prefixCache: true);
        var first = Make(0, 33, [1, 2]);
        Admit(kv, first);
        kv.Release(first);
        Admit(kv, Make(1, 33, [1, 2]));

        kv.Take(2);

        Assert.Equal(0, kv.Free);
        Assert.Equal(2, kv.Find(Make(2, 33, [1, 2])).Blocks);
    }

    [Fact]
    public void A_preempted_sequence_finds_what_is_left_of_its_own_blocks()
    {
        var kv = new KvCache(10, 16, prefixCache: true);
        var sequence = Make(0, 100, []);
        Admit(kv, sequence);
        sequence.Computed = 100;
        kv.Release(sequence, keptTokens: 100);

        // Seven blocks were freed behind three that never were used; five are taken: the free three, the partial one and the last full one.
        kv.Take(5);

        var hit = kv.Find(sequence);
        Assert.Equal((5, 5), (hit.Blocks, hit.Unreferenced));
        Assert.True(kv.TryAdmit(sequence, in hit, 20) is false);
        Assert.Equal(5, kv.Free);
    }

    [Fact]
    public void The_second_copy_of_a_block_serves_when_the_first_is_gone()
    {
        var kv = new KvCache(8, 16, prefixCache: true);
        var (a, b) = (Make(0, 32, [1, 2]), Make(1, 32, [1, 2]));
        // Both are admitted before either has computed anything.
        var none = kv.Find(a);
        Assert.True(kv.TryAdmit(a, in none, 1));
        Assert.True(kv.TryAdmit(b, in none, 1));
        foreach (var sequence in new[] { a, b })
        {
            sequence.Computed = 1;
            Assert.True(kv.TryExtend(sequence, 31));
        }

        kv.Release(a);
        kv.Take(kv.Free);

        Assert.Equal(2, kv.Find(Make(2, 33, [1, 2])).Blocks);
    }

    [Fact]
    public void What_is_generated_behind_a_partly_filled_prefix_block_is_not_shared()
    {
        var kv = new KvCache(100, 16, prefixCache: true);
        Request request = new() { Id = 0, ArrivalNanoseconds = 0, PromptTokens = 40, OutputTokens = 60, PrefixBlocks = new long[] { 7 }, PrefixBlockTokens = 512 };
        var first = new Sequence();
        first.Reset(request);
        Admit(kv, first);
        first.Computed = 40;
        first.Generated = 50;
        Assert.True(kv.TryExtend(first, 40));

        var resumed = new Sequence();
        resumed.Reset(request with { Id = 1, PromptTokens = 100 });
        Assert.Equal(2, kv.Find(resumed).Blocks);
    }

    [Fact]
    public void More_than_is_free_is_never_given()
    {
        var kv = new KvCache(4, 16, prefixCache: false);

        Assert.False(kv.TryExtend(Make(0, 65, []), 65));
        Assert.Throws<InvalidOperationException>(() => kv.Take(5));
        Assert.Equal(4, kv.Free);
    }

    [Theory]
    [InlineData(80e9, 0.9, 14e9, 2e9, 1e9, 524_288, 16, 6556)]
    [InlineData(10e9, 0.9, 14e9, 0, 0, 524_288, 16, 0)]
    public void Capacity_is_what_is_left_of_the_memory(double memory, double utilization, double weights, double activations, double reserve, double perToken, int block, long blocks) =>
        Assert.Equal(blocks, KvCapacity.Blocks(memory, utilization, weights, activations, reserve, perToken, block));

    private static void Admit(KvCache kv, Sequence sequence)
    {
        var hit = kv.Find(sequence);
        Assert.True(kv.TryAdmit(sequence, in hit, sequence.Reached - (int)hit.Blocks * kv.BlockTokens));
    }

    private static Sequence Make(long id, int prompt, long[] prefix)
    {
        var sequence = new Sequence();
        sequence.Reset(new Request { Id = id, ArrivalNanoseconds = 0, PromptTokens = prompt, OutputTokens = 10, PrefixBlocks = prefix, PrefixBlockTokens = prefix.Length > 0 ? 16 : 0 });
        return sequence;
    }
}
