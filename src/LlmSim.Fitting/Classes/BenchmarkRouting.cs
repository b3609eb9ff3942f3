using LlmSim.Kernel.Chance;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>
/// How AIConfigurator's benchmark deals tokens out to experts, from its published description and from how many experts the measured times say were read.
/// "balanced" deals evenly. "power_law_1.2" draws each expert's load from a density falling as load^−1.2, scales the loads to the choices that there are,
/// rounds them, and measures the device with the highest sum; a token takes an expert once.
/// </summary>
/// <remarks>
/// Loads are drawn from 1 to 0.8 of the tokens, or from 0.01 to 2 where there are fewer choices than experts. What rounding leaves over goes evenly to experts
/// without a token (vLLM 0.24's tables), or from the most loaded on in order (vLLM 0.14's, where one token's experts all lie on one device). The benchmark drew once;
/// here the mean of several draws stands for it.
/// </remarks>
internal static class BenchmarkRouting
{
    private const int Draws = 12;

    // One over the exponent of the density less one: loads are drawn by inverting the distribution function.
    private const double Power = -5;

    /// <summary>Rows of the experts on the device that is measured, with what they come to in blocks.</summary>
    /// <param name="tokens">Tokens.</param>
    /// <param name="perToken">Experts per token.</param>
    /// <param name="experts">Experts of all devices.</param>
    /// <param name="ranks">Devices that share them.</param>
    /// <param name="restToFirst">Where the rest of rounding goes: to the first and most loaded; else to those without tokens.</param>
    public static (double Rows, MixtureLoads Loads) PowerLaw(int tokens, int perToken, int experts, int ranks, bool restToFirst)
    {
        var chance = new RandomStreams(1).Stream("benchmark routing");
        double rows = 0;
        var sum = default(MixtureLoads);
        for (var draw = 0; draw < Draws; draw++)
        {
            var held = Heaviest(Draw(chance, tokens, perToken, experts, restToFirst), experts / ranks);
            foreach (ref var load in held) load = Math.Min(load, tokens);
            foreach (var load in held) rows += load;
            sum = Sum(sum, Of(held));
        }

        const double Mean = 1.0 / Draws;
        var loads = new MixtureLoads(sum.Distinct * Mean, sum.Padded16 * Mean, sum.Padded32 * Mean, sum.Padded64 * Mean, sum.Padded128 * Mean);
        return rows > 0 ? (rows * Mean, loads) : Balanced(1, 1, 1, 1);
    }

    /// <summary>The same when tokens are dealt out evenly.</summary>
    public static (double Rows, MixtureLoads Loads) Balanced(int tokens, int perToken, int experts, int ranks)
    {
        // The device measured holds one row at least.
        var rows = Math.Max(1, (double)tokens * perToken / ranks);
        var chosen = Math.Min(experts / ranks, Math.Ceiling(rows));
        var load = rows / chosen;
        return (rows, new MixtureLoads(chosen, chosen * Padded(16, load), chosen * Padded(32, load), chosen * Padded(64, load), chosen * Padded(128, load)));
    }

    private static double[] Draw(RandomStream chance, int tokens, int perToken, int experts, bool restToFirst)
    {
        double choices = (double)tokens * perToken, total = 0, dealt = 0;
        var (low, high) = choices > experts ? (1.0, Math.Max(1.0001, 0.8 * tokens)) : (0.01, 2.0);
        double first = Math.Pow(low, 1 / Power), last = Math.Pow(high, 1 / Power);
        var loads = new double[experts];
        for (var i = 0; i < experts; i++) total += loads[i] = Math.Pow(first + (last - first) * chance.NextDouble(), Power);
        for (var i = 0; i < experts; i++) dealt += loads[i] = Math.Round(loads[i] / total * choices);

        var rest = (int)(choices - dealt);
        var order = Enumerable.Range(0, experts).OrderByDescending(i => loads[i]).ToArray();
        if (rest < 0)
        {
            for (var i = 0; i < -rest; i++) loads[order[i % experts]]--;
        }
        else if (restToFirst)
        {
            for (var i = 0; i < rest; i++) loads[order[i % experts]]++;
        }
        else
        {
            var free = Enumerable.Range(0, experts).Where(i => loads[i] == 0).ToArray();
            if (free.Length < rest) free = [.. Enumerable.Range(0, experts)];
            for (var i = 0; i < rest; i++) loads[free[(int)((long)i * free.Length / Math.Min(rest, free.Length) % free.Length)]]++;
        }

        return loads;
    }

    // The neighbouring experts of one device whose sum is highest.
    private static Span<double> Heaviest(double[] loads, int held)
    {
        int best = 0;
        double most = -1;
        for (var from = 0; from + held <= loads.Length; from += held)
        {
            double sum = 0;
            for (var i = from; i < from + held; i++) sum += loads[i];
            if (sum > most) (most, best) = (sum, from);
        }

        return loads.AsSpan(best, held);
    }

    private static MixtureLoads Of(ReadOnlySpan<double> loads)
    {
        var sum = default(MixtureLoads);
        foreach (var load in loads)
            if (load > 0) sum = Sum(sum, new MixtureLoads(1, Padded(16, load), Padded(32, load), Padded(64, load), Padded(128, load)));
        return sum;
    }

    private static double Padded(double block, double load) => Math.Ceiling(load / block) * block;

    private static MixtureLoads Sum(in MixtureLoads a, in MixtureLoads b) =>
        new(a.Distinct + b.Distinct, a.Padded16 + b.Padded16, a.Padded32 + b.Padded32, a.Padded64 + b.Padded64, a.Padded128 + b.Padded128);
}
