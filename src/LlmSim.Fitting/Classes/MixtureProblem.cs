using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>Routed experts of one device, from an AIConfigurator table.</summary>
public static class MixtureProblem
{
    /// <summary>
    /// Popularity that the tables' "power_law_1.2" comes to: their generator draws loads from a power law and evens the tail, and the effective exponent,
    /// found on all devices at once, is a half.
    /// </summary>
    public const double TableSkew = 0.5;

    /// <summary>Columns moe_dtype, distribution, hidden, inter, topk, experts, moe_tp, moe_ep, tokens, latency_ms.</summary>
    /// <param name="table">The table.</param>
    /// <param name="dtype">Rows to take.</param>
    /// <param name="device">The device measured.</param>
    /// <param name="gatedOnly">Whether the kernels run experts without a gate as if they had one (vLLM 0.14).</param>
    public static FitProblem From(CsvTable table, string dtype, Device device, bool gatedOnly = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        var (format, bytes) = dtype switch
        {
            "bfloat16" => (NumberFormat.Bf16, 2.0),
            "fp8" or "fp8_block" => (NumberFormat.Fp8, 1.0),
            "nvfp4" => (NumberFormat.Fp4, 0.5 + 1.0 / 16),
            _ => throw new ArgumentException($"no such format: {dtype}", nameof(dtype)),
        };
        var target = GemmDevices.Of(device, format);
        var shapes = new List<MixtureShape>();
        var measured = new List<double>();
        var groups = new List<int>();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Text(row, "moe_dtype") != dtype) continue;
            double hidden = table.Number(row, "hidden"), inter = table.Number(row, "inter"), k = table.Number(row, "topk");
            double experts = table.Number(row, "experts"), tp = table.Number(row, "moe_tp"), ep = table.Number(row, "moe_ep"), tokens = table.Number(row, "tokens");
            // The rows with 22 of 512 experts, and those of 2688/1856 with 6, are of models without a gate.
            var matrices = gatedOnly ? 3 : k == 22 || (hidden == 2688 && inter == 1856 && k == 6) ? 2 : 3;
            var skew = table.Text(row, "distribution") == "balanced" ? -1 : TableSkew;
            // The rank that is measured holds the most popular experts, so at least one of them is chosen.
            var held = Math.Max(1, tokens * k / ep);
            shapes.Add(new MixtureShape((int)(experts / ep), held, tokens * k, ep > 1, tokens, skew, hidden, inter / tp, matrices, bytes));
            measured.Add(table.Number(row, "latency_ms") * 1e-3);
            groups.Add(HashCode(hidden, inter, k, experts, tp, ep));
        }

        var all = shapes.ToArray();
        var loads = all.Select(s => MixtureTime.Loads(s)).ToArray();
        return new FitProblem
        {
            Constants = MixtureTime.Specs,
            Free = [true, true, true, true, true, true, true],
            Start = [.. MixtureTime.Specs.Select(s => s.Start)],
            Measured = [.. measured],
            Groups = [.. groups],
            Sizes = [FitProblem.Size("tokens", all.Select(s => s.Tokens)), FitProblem.Size("experts", all.Select(s => (double)s.Experts))],
            Predict = (i, c) => MixtureTime.Seconds(all[i], loads[i], target, MixtureConstants.From(c), out _, out _),
        };
    }

    // The runtime's own HashCode is seeded anew in each process; folds must not change from run to run.
    private static int HashCode(params ReadOnlySpan<double> values)
    {
        var hash = 17;
        foreach (var value in values) hash = unchecked(hash * 31 + (int)value);
        return hash;
    }
}
