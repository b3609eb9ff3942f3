using LlmSim.Files;
using LlmSim.Workloads.Requests;
using LlmSim.Workloads.Sources;
using LlmSim.Workloads.Tests.Traces;

namespace LlmSim.Workloads.Tests.Sources;

public sealed class SampledOutputsTests
{
    private const string Header = "arrival_s,prompt_tokens,output_tokens,outputs\n";

    [Fact]
    public void Lengths_spread_around_the_requests_own_and_the_first_is_the_longest()
    {
        var made = Make(4, share: 1, cv: 0.5, "", 4000);
        Assert.All(made, r => Assert.Equal(3, r.MoreOutputTokens.Length));
        Assert.All(made, r => Assert.True(r.MoreOutputTokens.ToArray().Prepend(r.OutputTokens).Zip(r.MoreOutputTokens.ToArray()).All(p => p.First >= p.Second)));
        var all = made.SelectMany(r => r.MoreOutputTokens.ToArray().Append(r.OutputTokens)).Select(t => (double)t).ToList();
        Assert.InRange(all.Average(), 196, 204);
        Assert.InRange(Math.Sqrt(all.Average(t => t * t) - all.Average() * all.Average()) / all.Average(), 0.47, 0.53);
        Assert.Equal(made.Select(r => r.AllOutputTokens), Make(4, 1, 0.5, "", 4000).Select(r => r.AllOutputTokens));
    }

    [Fact]
    public void A_share_has_several_and_equal_lengths_have_no_spread()
    {
        var made = Make(3, share: 0.25, cv: 0, "", 4000);
        Assert.InRange(made.Count(r => r.MoreOutputTokens.Length == 2), 900, 1100);
        Assert.All(made, r => Assert.Equal(200 * (1L + r.MoreOutputTokens.Length), r.AllOutputTokens));
    }

    [Fact]
    public void A_trace_says_how_many_itself()
    {
        var made = Make(4, share: 1, cv: 0, "0,10,20,3\n0,10,20,1\n0,10,20,\n", 3);
        Assert.Equal([2, 3, 3], made.Select(r => r.MoreOutputTokens.Length));
        foreach (var bad in new[] { "0", "1.5", "2000", "x" }) Assert.Throws<InputException>(() => Make(2, 1, 0, $"0,10,20,{bad}\n", 1));
    }

    private static List<Request> Make(int outputs, double share, double cv, string rows, int count)
    {
        var text = rows.Length > 0 ? rows : string.Concat(Enumerable.Range(0, count).Select(i => $"{i},10,200,\n"));
        using var file = new TemporaryFile(Header + text);
        using var stream = new RequestStream(new TraceRows(file.Path));
        var source = new SampledOutputs(stream, outputs, share, cv, seed: 5);
        var made = new List<Request>();
        while (source.Peek() is not null) made.Add(source.Take());
        return made;
    }
}
