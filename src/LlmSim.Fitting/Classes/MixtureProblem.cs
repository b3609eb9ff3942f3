using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>Routed experts of one device, from an AIConfigurator table.</summary>
public static class MixtureProblem
{
    /// <summary>Columns moe_dtype, distribution, hidden, inter, topk, experts, moe_tp, moe_ep, tokens, latency_ms.</summary>
    /// <param name="table">The table.</param>
    /// <param name="dtype">Rows to take.</param>
    /// <param name="device">The device measured.</param>
    /// <param name="old">
    /// Whether kernels and benchmark are those of vLLM 0.14: experts without a gate run as if they had one, and blocks have 16 rows or 64.
    /// </param>
    public static FitProblem From(CsvTable table, string dtype, Device device, bool old = false)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(device);
        var (format, bytes) = dtype switch
        {
            "bfloat16" => (NumberFormat.Bf16, 2.0),
            "fp8" or "fp8_block" => (NumberFormat.Fp8, 1.0),
            "nvfp4" => (NumberFormat.Fp4, 0.5 + 1.0 / 16),
            _ => throw new ArgumentException($"no such format: {dtype}", nameof(dtype)),
        };
        var target = GemmDevices.Of(device, format);
        var cache = device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0;
        var rows = new List<(MixtureShape Shape, MixtureLoads Loads)>();
        var routed = new Dictionary<(bool Balanced, int Tokens, int PerToken, int Experts, int Ranks), (double Rows, MixtureLoads Loads)>();
        var measured = new List<double>();
        var groups = new List<int>();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Text(row, "moe_dtype") != dtype) continue;
            double hidden = table.Number(row, "hidden"), inter = table.Number(row, "inter"), k = table.Number(row, "topk");
            double experts = table.Number(row, "experts"), tp = table.Number(row, "moe_tp"), ep = table.Number(row, "moe_ep"), tokens = table.Number(row, "tokens");
            // The rows with 22 of 512 experts, and those of 2688/1856 with 6, are of models without a gate.
            var matrices = old ? 3 : k == 22 || (hidden == 2688 && inter == 1856 && k == 6) ? 2 : 3;
            var key = (table.Text(row, "distribution") == "balanced", (int)tokens, (int)k, (int)experts, (int)ep);
            if (!routed.TryGetValue(key, out var routing))
            {
                routed[key] = routing = key.Item1
                    ? BenchmarkRouting.Balanced(key.Item2, key.Item3, key.Item4, key.Item5) : BenchmarkRouting.PowerLaw(key.Item2, key.Item3, key.Item4, key.Item5, old);
            }

            rows.Add((new MixtureShape((int)(experts / ep), routing.Rows, tokens * k, ep > 1, tokens, 0, hidden, inter / tp, matrices, bytes), routing.Loads));
            measured.Add(table.Number(row, "latency_ms") * 1e-3);
            groups.Add(HashCode(hidden, inter, k, experts, tp, ep));
        }

        var all = rows.ToArray();
        var start = MixtureTime.Specs.Select(s => s.Start).ToArray();
        var tiles = MixtureTime.Specs.TakeWhile(s => s.Name != "tiles").Count();
        start[tiles] = old ? 2 : 4;
        return new FitProblem
        {
            Constants = MixtureTime.Specs,
            Free = [.. MixtureTime.Specs.Select((_, i) => i != tiles)],
            Start = start,
            Measured = [.. measured],
            Groups = [.. groups],
            Sizes = [FitProblem.Size("tokens", all.Select(r => r.Shape.Tokens)), FitProblem.Size("experts", all.Select(r => (double)r.Shape.Experts))],
            Predict = (i, c) => MixtureTime.Seconds(all[i].Shape, all[i].Loads, target, MixtureConstants.From(c), cache, out _, out _),
        };
    }

    /// <summary>
    /// Routed experts of Qwen3-30B-A3B as LLMServingSim profiles them (columns tokens, activated_experts, time_us): tokens dealt evenly to some of the experts, which
    /// its three runs find in the cache where they fit.
    /// </summary>
    public static FitProblem Profile(CsvTable table, Device device)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(device);
        const int Experts = 128, PerToken = 8, Hidden = 2048, Intermediate = 768;
        var target = GemmDevices.Of(device, NumberFormat.Bf16);
        var rows = Enumerable.Range(0, table.Count).Select(row =>
        {
            double tokens = table.Number(row, "tokens"), choices = tokens * PerToken;
            var (_, loads) = BenchmarkRouting.Balanced((int)tokens, PerToken, (int)table.Number(row, "activated_experts"), 1);
            return (Shape: new MixtureShape(Experts, choices, choices, false, tokens, 0, Hidden, Intermediate, 3, 2), Loads: loads, Seconds: table.Number(row, "time_us") * 1e-6);
        }).ToArray();
        return new FitProblem
        {
            Constants = MixtureTime.Specs,
            Free = [.. MixtureTime.Specs.Select(s => s.Name != "tiles")],
            Measured = [.. rows.Select(r => r.Seconds)],
            Groups = [.. rows.Select(r => (int)r.Loads.Distinct)],
            Predict = (i, c) => MixtureTime.Seconds(rows[i].Shape, rows[i].Loads, target, MixtureConstants.From(c), device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0, out _, out _),
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
