using System.Globalization;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Studies.Metrics;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Studies.Capacity;

/// <summary>The highest load that meets the SLO.</summary>
public sealed record CapacityResult
{
    /// <summary>The rate in requests (or sessions) per second, over the seeds; for a trace replayed as recorded, its factor of speed; zero where no rate meets the SLO.</summary>
    public required Estimate Rate { get; init; }

    /// <summary>What <see cref="Rate"/> counts: "requests/s", "sessions/s", "× the recorded rate", "users".</summary>
    public required string Unit { get; init; }

    /// <summary>A run for each seed, at the highest rate that meets the SLO with it; where there is none, at the lowest rate tried: the best that was reached.</summary>
    public required IReadOnlyList<Summary> AtCapacity { get; init; }

    /// <summary>The run at the lowest rate found to fail (first seed); null when even the highest rate tried met the SLO, and where none did.</summary>
    public required Summary? Beyond { get; init; }

    /// <summary>The lowest load that was tried where none meets the SLO, in <see cref="Unit"/>; NaN where one does.</summary>
    public required double Lowest { get; init; }

    /// <summary>The bounds that fail first beyond capacity, of all seeds: "ttft p99"; <see cref="CapacitySearch.CannotKeepUp"/>; empty when none did.</summary>
    public required IReadOnlyList<string> Limits { get; init; }

    /// <summary>Whether some rate meets the SLO, with every seed.</summary>
    public required bool Met { get; init; }

    /// <summary>Simulations run.</summary>
    public required int Runs { get; init; }

    /// <summary>A metric at capacity, over the seeds.</summary>
    public Estimate Of(StudyMetric metric)
    {
        ArgumentNullException.ThrowIfNull(metric);
        return Estimate.From([.. AtCapacity.Select(metric.Of)]);
    }
}

/// <summary>
/// Finds the highest load that meets an SLO: doubles or halves until the answer is bracketed, then bisects the logarithm of the load. The same seed at
/// every load (gaps scale, lengths stay) makes the answer a nearly steady function of the load; other seeds tell how far chance matters.
/// </summary>
public static class CapacitySearch
{
    /// <summary>Relative width at which the bisection ends.</summary>
    public const double Precision = 0.02;

    /// <summary>What fails where no bound does: requests arrive faster than they leave.</summary>
    public const string CannotKeepUp = "the system cannot keep up";

    // A load a million times that of the scenario is no answer; downwards the search ends where requests are alone, see below.
    private const int MostDoublings = 20, MostHalvings = 60;

    /// <summary>Searches one configuration.</summary>
    /// <param name="file">The scenario; its <c>slo</c> is what must be met, its <c>repeat</c> the number of seeds.</param>
    /// <param name="parts">Models and devices read before; null for none.</param>
    /// <param name="progress">Told each load that was tried, and whether it met the SLO.</param>
    /// <param name="cancellation">Ends the search.</param>
    /// <exception cref="InputException">There is no SLO, or no load to vary.</exception>
    /// <exception cref="ImpossibleException">The model does not fit.</exception>
    public static CapacityResult Find(ScenarioFile file, RunParts? parts = null, IProgress<(double Rate, bool Met)>? progress = null, CancellationToken cancellation = default)
    {
        parts ??= new RunParts();
        var load = LoadMember.Of(file);
        // The share of good requests has a default; it is a bound to search by only where it was written.
        var byShare = file.Root.Member("slo")?.Member("goodput") is not null;
        if (file.Scenario.Slo is not { } slo || (slo.Ttft is null && slo.Tpot is null && slo.Itl is null && slo.E2e is null && !byShare))
            throw new InputException(new InputError(file.Path, 0, "slo", "is missing", "say what must be met: \"slo\": { \"ttft\": { \"p\": 0.99, \"seconds\": 1 } }"));
        var runs = 0;
        var found = new List<Found>();
        for (var seed = 0; seed < file.Scenario.Repeat; seed++)
        {
            var offset = (ulong)seed;
            found.Add(Bracket(
                found is [{ Rate: > 0 } first, ..] ? first.Rate : load.Start,
                rate =>
                {
                    var summary = ScenarioRun.Execute(load.At(file, rate, offset), parts, cancellation: cancellation).Summary;
                    runs++;
                    progress?.Report((rate, Passes(summary, byShare)));
                    return summary;
                },
                load.IsWhole, byShare));
        }

        var met = found.All(f => f.Good is not null);
        return new CapacityResult
        {
            Rate = met ? Estimate.From([.. found.Select(f => f.Rate)]) : new Estimate(0, double.NaN),
            Unit = load.Unit,
            AtCapacity = [.. found.Select(f => f.Good ?? f.Bad!)],
            Beyond = met ? found[0].Bad : null,
            Lowest = met ? double.NaN : found.Where(f => f.Good is null).Min(f => f.Fails),
            Limits = [.. found.Where(f => met || f.Good is null).SelectMany(f => Failed(f.Bad, byShare)).Distinct()],
            Met = met,
            Runs = runs,
        };
    }

    /// <summary>The member of a scenario that says how much load there is, and that a search varies.</summary>
    /// <exception cref="InputException">There is no load, or no member that says how much.</exception>
    public static string LoadPath(ScenarioFile file) => LoadMember.Of(file).Path;

    /// <summary>Whether a run keeps up and meets every bound.</summary>
    private static bool Passes(Summary summary, bool byShare) => !summary.Saturated && summary.Requests.Completed > 0 && summary.Slo.All(s => s.Met || (s.Metric == "goodput" && !byShare));

    private static List<string> Failed(Summary? summary, bool byShare)
    {
        if (summary is null) return [];
        var failed = summary.Slo.Where(s => !s.Met && (s.Metric != "goodput" || byShare))
            .Select(s => s.Metric == "goodput" ? "the share of good requests" : FormattableString.Invariant($"{s.Metric} p{100 * s.Percentile:0.##}")).ToList();
        return failed.Count > 0 ? failed : [CannotKeepUp];
    }

    /// <param name="start">The load to begin with.</param>
    /// <param name="run">Runs a load.</param>
    /// <param name="isWhole">Whether loads are whole numbers.</param>
    /// <param name="byShare">Whether the share of good requests is a bound.</param>
    private static Found Bracket(double start, Func<double, Summary> run, bool isWhole, bool byShare)
    {
        double low = 0, high = 0;
        Summary? good = null, bad = null;
        var rate = start;
        for (int up = 0, down = 0; (good is null || bad is null) && up < MostDoublings && down < MostHalvings;)
        {
            Summary summary;
            try
            {
                summary = run(rate);
            }
            catch (InputException) when (good is not null || bad is not null)
            {
                // A load that no scenario may have: so low that it lasts more than a lifetime, or so high that nobody means it.
                break;
            }

            if (Passes(summary, byShare))
            {
                up++;
                (low, good) = (rate, summary);
                rate *= 2;
            }
            else
            {
                down++;
                var alone = bad is not null && SameLatencies(summary, bad);
                (high, bad) = (rate, summary);
                // Fewer than one user is none; and where half the load is served no faster, requests do not meet any more and less load helps no further.
                if ((isWhole && rate <= 1) || alone) break;
                rate = isWhole ? Math.Max(1, Math.Floor(rate / 2)) : rate / 2;
            }
        }

        if (good is null || bad is null) return new Found(good is null ? 0 : low, high, good, bad);
        while (isWhole ? high - low > Math.Max(1, low * Precision) : high / low > 1 + Precision)
        {
            var middle = isWhole ? Math.Floor((low + high) / 2) : Math.Sqrt(low * high);
            var summary = run(middle);
            if (Passes(summary, byShare)) (low, good) = (middle, summary);
            else (high, bad) = (middle, summary);
        }

        return new Found(low, high, good, bad);
    }

    private static bool SameLatencies(Summary a, Summary b) => !a.Saturated && a.Ttft == b.Ttft && a.Tpot == b.Tpot && a.Itl == b.Itl && a.E2e == b.E2e;

    /// <summary>What one seed's search came to.</summary>
    /// <param name="Rate">The highest load that passes; 0 where none does.</param>
    /// <param name="Fails">The lowest load found to fail; 0 where none does.</param>
    /// <param name="Good">The run at the one.</param>
    /// <param name="Bad">The run at the other.</param>
    private sealed record Found(double Rate, double Fails, Summary? Good, Summary? Bad);

    /// <summary>The member of a scenario that says how much load there is.</summary>
    private sealed record LoadMember(string Path, double Start, string Unit, bool IsWhole, bool Inverse)
    {
        public static LoadMember Of(ScenarioFile file)
        {
            var workload = file.Scenario.Workload ?? throw new InputException(new InputError(
                file.Path, 0, "workload", "is missing", "describe the load" + (file.Scenario.Pass is null ? "" : "; a study of forward passes (\"pass\") has none, and is run by llmsim run")));
            if (workload.Arrivals is null) return new LoadMember("workload.timeScale", 1, "× the recorded rate", false, Inverse: true);
            if (workload.Arrivals.Kind == "closed-loop") return new LoadMember("workload.arrivals.users", workload.Arrivals.Users!.Value, "users", true, false);
            if (workload.Arrivals.Rate is { } rate) return new LoadMember("workload.arrivals.rate", rate, workload.Arrivals.Kind == "sessions" ? "sessions/s" : "requests/s", false, false);
            throw new InputException(new InputError(file.Path, 0, "workload.arrivals", $"kind {workload.Arrivals.Kind} has no rate to vary", "use poisson, gamma, closed-loop, …"));
        }

        public ScenarioFile At(ScenarioFile file, double rate, ulong seedOffset)
        {
            var seed = file.Scenario.Workload!.Seed + seedOffset;
            return file.With([new(Path, Number(file, Inverse ? 1 / rate : rate)), new("workload.seed", Number(file, seed))]);
        }

        private static JsonValue Number(ScenarioFile file, double value) =>
            new() { File = file.Path, Kind = JsonValueKind.Number, Number = value, Text = value.ToString("R", CultureInfo.InvariantCulture) };
    }
}
