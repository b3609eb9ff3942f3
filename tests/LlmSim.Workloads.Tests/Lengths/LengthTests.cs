using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Tests.Lengths;

public sealed class LengthTests
{
    private static readonly RandomStreams Streams = new(11);

    private static (int[] Prompt, int[] Output) Draw(ILengths lengths, int count = 200_000)
    {
        var prompt = new int[count];
        var output = new int[count];
        for (var i = 0; i < count; i++) lengths.Next(0, out prompt[i], out output[i]);
        return (prompt, output);
    }

    [Fact]
    public void Uniform_lengths_reach_both_bounds()
    {
        var (prompt, output) = Draw(new UniformLengths((3, 6), (1, 1), Streams.Stream("lengths")));
        Assert.Equal([3, 4, 5, 6], prompt.Distinct().Order());
        Assert.All(prompt.GroupBy(p => p), g => Assert.InRange(g.Count(), 49_000, 51_000));
        Assert.All(output, o => Assert.Equal(1, o));
    }

    [Theory]
    [InlineData(500, 0.5, 0)]
    [InlineData(200, 1.5, 0.6)]
    public void Log_normal_lengths_have_mean_variation_and_correlation(double mean, double cv, double correlation)
    {
        var length = new LogNormalLength(mean, cv, int.MaxValue);
        var (prompt, output) = Draw(new LogNormalLengths(length, length, correlation, Streams.Stream("lengths")));
        foreach (var values in new[] { prompt, output })
        {
            var average = values.Average();
            Assert.InRange(average / mean, 0.985, 1.015);
            Assert.InRange(Math.Sqrt(values.Average(v => (v - average) * (v - average))) / average / cv, 0.95, 1.05);
        }

        var x = prompt.Select(v => Math.Log(v)).ToArray();
        var y = output.Select(v => Math.Log(v)).ToArray();
        Assert.InRange(MathNet.Numerics.Statistics.Correlation.Pearson(x, y), correlation - 0.02, correlation + 0.02);
    }

    [Fact]
    public void Log_normal_lengths_stay_within_bounds()
    {
        var (prompt, _) = Draw(new LogNormalLengths(new(10, 3, 50), new(10, 0, 50), 0, Streams.Stream("lengths")), 10_000);
        Assert.Equal((1, 50), (prompt.Min(), prompt.Max()));
    }

    // Means as counted in the published traces.
    public static TheoryData<string, string, double, double> Named => new()
    {
        { "azure-conversation", "azure2023/AzureLLMInferenceTrace_conv.csv.gz", 1154.7, 211.1 },
        { "azure-code", "azure2023/AzureLLMInferenceTrace_code.csv", 2047.8, 27.9 },
        { "sharegpt", "sharegpt/sharegpt_V3_format_lens.csv.gz", 248.2, 324.9 },
        { "mooncake-conversation", "mooncake/conversation_trace.jsonl.gz", 12035.1, 342.6 },
    };

    [Theory]
    [MemberData(nameof(Named))]
    public void Named_lengths_have_the_published_means(string name, string trace, double prompt, double output)
    {
        _ = trace;
        var statistics = NamedLengths.Find(name)!;
        Assert.InRange(statistics.MeanPrompt / prompt, 0.995, 1.005);
        Assert.InRange(statistics.MeanOutput / output, 0.99, 1.01);
        var drawn = Draw(new JointLengths(statistics, Streams.Stream(name)));
        Assert.InRange(drawn.Prompt.Average() / prompt, 0.985, 1.015);
        Assert.InRange(drawn.Output.Average() / output, 0.97, 1.03);
    }

    [SharedTheory]
    [MemberData(nameof(Named))]
    public void Named_lengths_follow_the_real_trace(string name, string trace, double prompt, double output)
    {
        _ = (prompt, output);
        var real = new List<(int Prompt, int Output)>();
        using var reader = TraceReader.Open(SharedData.Path("data/traces/" + trace));
        while (reader.Read(out var row)) real.Add((row.PromptTokens, row.OutputTokens));
        var drawn = Draw(new JointLengths(NamedLengths.Find(name)!, Streams.Stream(name)));

        // The greatest distance between the distributions: the tables keep them within 2.5 % of all requests.
        Assert.InRange(Distance(real.Select(r => r.Prompt), drawn.Prompt), 0, 0.025);
        Assert.InRange(Distance(real.Select(r => r.Output), drawn.Output), 0, 0.025);
        foreach (var level in new[] { 0.25, 0.5, 0.75, 0.9, 0.99 })
        {
            Assert.InRange(At(drawn.Prompt, level) / At(real.Select(r => r.Prompt), level), 0.9, 1.1);
            Assert.InRange(At(drawn.Output, level) / At(real.Select(r => r.Output), level), 0.85, 1.15);
        }

        // What prompt and output have to do with each other is kept, whichever way it goes.
        Assert.InRange(Ranks(drawn.Prompt, drawn.Output) - Ranks([.. real.Select(r => r.Prompt)], [.. real.Select(r => r.Output)]), -0.03, 0.03);
    }

    [Fact]
    public void All_names_are_found() => Assert.All(NamedLengths.All, n => Assert.NotNull(NamedLengths.Find(n)));

    [Fact]
    public void Quantiles_must_rise_from_0_to_1000()
    {
        Assert.Throws<ArgumentException>(() => new Quantiles(0, 5, 1000, 4));
        Assert.Throws<ArgumentException>(() => new Quantiles(0, 5, 900, 6));
        var q = new Quantiles(0, 10, 500, 10, 500, 20, 1000, 40);
        Assert.Equal((10, 10, 40, 30), (q.At(0), q.At(0.4), q.At(1), q.At(0.75)));
        Assert.Equal(20, q.Mean);
    }

    private static double At(IEnumerable<int> values, double level)
    {
        var sorted = values.Order().ToArray();
        return sorted[(int)(level * (sorted.Length - 1))];
    }

    private static double Distance(IEnumerable<int> a, IEnumerable<int> b)
    {
        var x = a.Order().ToArray();
        var y = b.Order().ToArray();
        var largest = 0.0;
        foreach (var v in x.Distinct())
            largest = Math.Max(largest, Math.Abs((double)UpTo(x, v) / x.Length - (double)UpTo(y, v) / y.Length));
        return largest;
    }

    private static int UpTo(int[] sorted, int value)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] <= value) low = middle + 1;
            else high = middle;
        }

        return low;
    }

    private static double Ranks(int[] a, int[] b) =>
        MathNet.Numerics.Statistics.Correlation.Spearman(a.Select(v => (double)v), b.Select(v => (double)v));
}
