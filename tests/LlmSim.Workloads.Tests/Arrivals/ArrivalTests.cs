using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Clients;
using MathNet.Numerics.Distributions;

namespace LlmSim.Workloads.Tests.Arrivals;

public sealed class ArrivalTests
{
    private const int Count = 200_000;

    private static RandomStream Chance(string name = "arrivals") => new RandomStreams(7).Stream(name);

    private static double[] Gaps(IArrivalProcess process, int count = Count)
    {
        var gaps = new double[count];
        var before = 0.0;
        for (var i = 0; i < count; i++)
        {
            var now = process.Next().Seconds;
            Assert.True(now >= before);
            gaps[i] = now - before;
            before = now;
        }

        return gaps;
    }

    private static (double Mean, double Cv) Moments(double[] values)
    {
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Average(v => (v - mean) * (v - mean))) / mean);
    }

    public static TheoryData<string, double> Renewals => new()
    {
        { "poisson", 1 }, { "gamma", 0.3 }, { "gamma", 1 }, { "gamma", 2.5 }, { "weibull", 0.5 }, { "weibull", 1 }, { "weibull", 2 },
    };

    [Theory]
    [MemberData(nameof(Renewals))]
    public void Gaps_have_the_mean_the_variation_and_the_distribution_asked_for(string kind, double cv)
    {
        const double rate = 4;
        var gaps = Gaps(Renewal(kind, rate, cv));
        var (mean, measured) = Moments(gaps);
        // Four standard errors of the mean; the CV's error is larger for heavier tails.
        Assert.InRange(mean * rate, 1 - 4 * cv / Math.Sqrt(Count), 1 + 4 * cv / Math.Sqrt(Count));
        Assert.InRange(measured / cv, 0.97, 1.03);

        Array.Sort(gaps);
        var largest = 0.0;
        for (var i = 0; i < Count; i++)
        {
            // Gaps below a nanosecond drown in the rounding of the times they were taken from.
            if (gaps[i] > 1e-9) largest = Math.Max(largest, Math.Abs(Cdf(kind, rate, cv, gaps[i]) - (i + 0.5) / Count));
        }

        // Kolmogorov-Smirnov at 0.1 %: 1.95 / √n.
        Assert.True(largest < 1.95 / Math.Sqrt(Count), $"{kind} {cv}: D = {largest}");
    }

    private static IArrivalProcess Renewal(string kind, double rate, double cv) => kind switch
    {
        "poisson" => new PoissonArrivals(rate, Chance()),
        "gamma" => new GammaArrivals(rate, cv, Chance()),
        _ => new WeibullArrivals(rate, cv, Chance()),
    };

    private static double Cdf(string kind, double rate, double cv, double x)
    {
        if (kind == "poisson") return Exponential.CDF(rate, x);
        if (kind == "gamma") return Gamma.CDF(1 / (cv * cv), rate / (cv * cv), x);
        var shape = WeibullArrivals.ShapeOf(cv);
        return Weibull.CDF(shape, 1 / (rate * MathNet.Numerics.SpecialFunctions.Gamma(1 + 1 / shape)), x);
    }

    [Fact]
    public void Constant_arrivals_do_not_drift()
    {
        var process = new ConstantArrivals(3);
        Arrival last = default;
        for (var i = 0; i < 3_000_001; i++) last = process.Next();
        Assert.Equal(1_000_000.0, last.Seconds);
        Assert.Equal(0, new ConstantArrivals(double.PositiveInfinity).Next().Seconds);
    }

    [Fact]
    public void A_Markov_modulated_process_has_the_mean_rate_of_its_states_and_is_burstier_than_Poisson()
    {
        LoadState[] states = [new(1, 30), new(11, 10)];
        var (mean, cv) = Moments(Gaps(new MarkovModulatedArrivals(states, Chance())));
        Assert.InRange(1 / mean, 3.5 * 0.95, 3.5 * 1.05);
        Assert.True(cv > 1.3);
        var silent = Gaps(new MarkovModulatedArrivals([new(0, 5), new(10, 5)], Chance()), 20_000);
        Assert.InRange(1 / silent.Average(), 4.5, 5.5);
    }

    [Fact]
    public void A_diurnal_process_has_its_peak_where_asked_and_its_mean_over_days()
    {
        const double day = 1000;
        var process = new DiurnalArrivals(5, 0.8, day, 250, Chance());
        var byQuarter = new int[4];
        var days = 100;
        while (process.Next() is { Seconds: < 100 * day } arrival) byQuarter[(int)((arrival.Seconds + 125) % day / 250)]++;
        var expected = 5 * 250.0 * days;
        // Mean of cos over a quarter around its peak: sin(π/4) / (π/4).
        var swing = 0.8 * Math.Sin(Math.PI / 4) / (Math.PI / 4);
        Assert.InRange(byQuarter[1] / expected, 1 + swing - 0.02, 1 + swing + 0.02);
        Assert.InRange(byQuarter[3] / expected, 1 - swing - 0.02, 1 - swing + 0.02);
        Assert.InRange(byQuarter.Sum() / (4 * expected), 0.99, 1.01);
    }

    [Fact]
    public void Clients_keep_their_shares_and_their_burstiness()
    {
        ClientBehaviour[] clients =
        [
            new() { Share = 3, Cv = 1 }, new() { Share = 1, Cv = 3 }, new() { Share = 1, Cv = 2, Weibull = true, RateCv = 0.5 },
        ];
        var process = new MultiClientArrivals(clients, 50, new RandomStreams(3));
        var last = new double[3];
        var gaps = new List<double>[] { [], [], [] };
        Arrival arrival = default;
        for (var i = 0; i < 500_000; i++)
        {
            arrival = process.Next();
            gaps[arrival.Client].Add(arrival.Seconds - last[arrival.Client]);
            last[arrival.Client] = arrival.Seconds;
        }

        Assert.InRange(500_000 / arrival.Seconds, 46, 54);
        Assert.InRange(gaps[0].Count / (double)gaps[1].Count, 2.8, 3.2);
        Assert.InRange(Moments([.. gaps[0]]).Cv, 0.98, 1.02);
        Assert.InRange(Moments([.. gaps[1]]).Cv, 2.8, 3.2);
        Assert.True(Moments([.. gaps[2]]).Cv > 2);
    }

    [Theory]
    [InlineData("m-large", 0.30, 0.45)]
    [InlineData("m-small", 0.20, 0.35)]
    [InlineData("deepseek-r1", 0.35, 0.60)]
    public void Production_profiles_are_led_by_one_client(string name, double least, double most)
    {
        var profile = ClientProfile.Named(name)!;
        Assert.Equal(8, profile.Clients.Count);
        var total = profile.Clients.Sum(c => c.Behaviour.Share);
        Assert.InRange(total, 0.99, 1.01);
        Assert.InRange(profile.Clients[0].Behaviour.Share, least, most);
        Assert.Null(ClientProfile.Named("nobody"));
    }

    [Theory]
    // Published means of the busiest clients: ServeGen's length files, column "mean".
    [InlineData("m-large", 0, 1144.54, 333.72)]
    [InlineData("m-small", 5, 441.30, 35.74)]
    [InlineData("deepseek-r1", 0, 368.64, 2434.00)]
    public void A_clients_lengths_have_their_published_means(string name, int client, double prompt, double output)
    {
        var statistics = ClientProfile.Named(name)!.Clients[client];
        Assert.InRange(statistics.Prompt.Mean / prompt, 0.85, 1.15);
        Assert.InRange(statistics.Output.Mean / output, 0.85, 1.15);
    }

    [Fact]
    public void The_same_seed_gives_the_same_arrivals()
    {
        var a = Gaps(new GammaArrivals(2, 1.5, Chance()), 1000);
        var b = Gaps(new GammaArrivals(2, 1.5, Chance()), 1000);
        Assert.Equal(a, b);
        Assert.NotEqual(a, Gaps(new GammaArrivals(2, 1.5, Chance("other")), 1000));
    }

    [Fact]
    public void Arrivals_that_are_rare_against_the_spells_cost_little_and_keep_their_mean()
    {
        // One arrival in 20 million rounds of 100 µs: spell by spell this test would take hours.
        LoadState[] states = [new(0, 40e-6), new(2e-3, 25e-6), new(0, 35e-6)];
        var gaps = Gaps(new MarkovModulatedArrivals(states, Chance()), 4000);
        var (mean, cv) = Moments(gaps);
        Assert.InRange(mean / 2000, 1 - 4 / Math.Sqrt(4000), 1 + 4 / Math.Sqrt(4000));
        Assert.InRange(cv, 0.94, 1.06);
    }

    [Fact]
    public void Skipped_rounds_end_in_each_state_as_often_as_its_share_of_the_arrivals()
    {
        // Arrivals come in three spells of 1,000 s, some 5,000 rounds of 1 s apart each: by then the time in the round is spread by its share.
        LoadState[] states = [new(1e-4, 0.5), new(0, 0.2), new(3e-4, 0.3)];
        var gaps = Gaps(new MarkovModulatedArrivals(states, Chance()), 20_000);
        var (mean, cv) = Moments(gaps);
        var rate = (1e-4 * 0.5 + 3e-4 * 0.3) / 1;
        Assert.InRange(mean * rate, 0.97, 1.03);
        Assert.InRange(cv, 0.97, 1.03);
    }

    [Fact]
    public void A_process_that_will_never_send_says_so_at_once()
    {
        LoadState[] states = [new(0, 1e8), new(1e-9, 1e-6)];
        Assert.True(new MarkovModulatedArrivals(states, Chance()).Next().Seconds > Arrival.LastSeconds);
        Assert.True(new MarkovModulatedArrivals([new(1e-300, 1e-6), new(0, 1e-6)], Chance()).Next().Seconds > Arrival.LastSeconds);
        Assert.True(new DiurnalArrivals(1e-300, 1, 86400, 0, Chance()).Next().Seconds > Arrival.LastSeconds);
        Assert.True(new MultiClientArrivals([new ClientBehaviour { Share = 1, Cv = 1, RateCv = 3 }], 1e-300, new RandomStreams(7)).Next().Seconds > Arrival.LastSeconds);
    }

    [Fact]
    public void The_first_arrival_in_a_deep_trough_comes_when_one_is_expected()
    {
        // From the bottom of a full swing the expected arrivals grow as rate · 2π²/3 · t³ / period²: one is reached after 534 s of 1e12 candidates.
        const double rate = 1e9, period = 1e9;
        var one = Math.Cbrt(3 * period * period / (2 * Math.PI * Math.PI * rate));
        var streams = new RandomStreams(7);
        var firsts = Enumerable.Range(0, 400).Select(i => new DiurnalArrivals(rate, 1, period, period / 2, streams.Stream($"{i}")).Next().Seconds / one).ToArray();
        // The cube root of an exponential variable: mean Γ(4/3) = 0.893, standard deviation 0.325.
        Assert.InRange(firsts.Average(), 0.893 - 4 * 0.325 / 20, 0.893 + 4 * 0.325 / 20);
    }
}
