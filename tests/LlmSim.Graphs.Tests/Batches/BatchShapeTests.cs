using LlmSim.Graphs.Batches;

namespace LlmSim.Graphs.Tests.Batches;

public class BatchShapeTests
{
    private static readonly BatchNeeds Needs = new() { Windows = [3, 17], PastRounding = 4 };

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 17)]
    [InlineData(7, 40)]
    public void Uniform_batches_equal_adding_sequences_one_by_one(int sequences, int length)
    {
        BatchShape prefill = default, decode = default;
        for (var i = 0; i < sequences; i++)
        {
            prefill.Prefill.Add(0, length, Needs);
            decode.Decode.Add(length, 1, Needs);
        }

        prefill.SampledPositions = decode.SampledPositions = sequences;
        Assert.Equal(prefill, BatchShape.UniformPrefill(sequences, length, Needs));
        Assert.Equal(decode, BatchShape.UniformDecode(sequences, length, Needs));
    }

    [Fact]
    public void A_uniform_batch_of_very_many_sequences_takes_no_time_and_does_not_overflow()
    {
        var batch = BatchShape.UniformPrefill(1_000_000_000, 1000);
        Assert.Equal(1_000_000_000L * 500_500, batch.Pairs);
    }

    [Fact]
    public void Sums_equal_counting_every_query()
    {
        var random = new Random(7);
        for (var round = 0; round < 50; round++)
        {
            PhaseShape phase = default;
            long pairs = 0, dense = 0, windowPairs = 0, windowKeys = 0;
            for (var s = 0; s < 5; s++)
            {
                long past = random.Next(0, 30), tokens = random.Next(1, 30);
                phase.Add(past, tokens, Needs);
                var seen = new HashSet<long>();
                for (var i = past; i < past + tokens; i++)
                {
                    dense += past + tokens;
                    for (long k = 0; k <= i; k++)
                    {
                        pairs++;
                        if (i - k >= 17) continue;
                        windowPairs++;
                        seen.Add(k);
                    }
                }

                windowKeys += seen.Count;
            }

            Assert.Equal(pairs, phase.Pairs);
            Assert.Equal(dense, phase.DensePairs);
            Assert.Equal(windowPairs, phase.Window1.Pairs);
            Assert.Equal(windowKeys, phase.Window1.ContextTokens);
        }
    }

    [Theory]
    [InlineData(1, 37, 5)]
    [InlineData(4, 12, 700)]
    [InlineData(8, 3, 1)]
    public void Parts_of_a_batch_hold_all_of_it_and_little_more(int devices, int sequences, int length)
    {
        foreach (var batch in new[] { BatchShape.UniformDecode(sequences, length), BatchShape.UniformPrefill(sequences, length) })
        {
            var part = batch.Part(devices);
            foreach (var sum in new Func<BatchShape, long>[] { b => b.Tokens, b => b.Sequences, b => b.Pairs, b => b.ContextTokens, b => b.SampledPositions })
                Assert.InRange(devices * sum(part), sum(batch), sum(batch) + 2 * devices);
            Assert.Equal(batch.Decode.MaxContext, part.Decode.MaxContext);
        }
    }
}
