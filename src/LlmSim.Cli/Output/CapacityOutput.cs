using System.Globalization;
using LlmSim.Charts.Numbers;
using LlmSim.Files;
using LlmSim.Studies.Capacity;
using LlmSim.Studies.Scenarios;
using LlmSim.Studies.Sweeps;

namespace LlmSim.Cli.Output;

/// <summary>What came of one configuration's search.</summary>
/// <param name="Point">The values of its axes; null where the scenario has none.</param>
/// <param name="Result">What was found; null where the configuration cannot work.</param>
/// <param name="Impossible">Why it cannot work; null where it can.</param>
internal sealed record CapacityRow(StudyPoint? Point, CapacityResult? Result, string? Impossible)
{
    public bool IsMet => Result is { Met: true };

    /// <summary>A metric at capacity, over the seeds; NaN where no load meets the SLO: at a load that breaks the promise, speed and cost say nothing.</summary>
    public double Of(string metric) => IsMet ? Result!.Of(StudyMetric.Named(metric)).Mean : double.NaN;
}

/// <summary>Writes what a capacity search found: sentences for one configuration, a table for several, all figures for programs.</summary>
internal static class CapacityOutput
{
    private const string PerUser = "throughput.outputTokensPerSecondPerUser", PerDevice = "throughput.outputTokensPerSecondPerDevice", Output = "throughput.outputTokensPerSecond";
    private const string Usd = "economy.usdPerMillionOutputTokens", Joules = "economy.joulesPerOutputToken";

    // A joule for each token is a megajoule for a million, and 3.6 of them are a kilowatt-hour.
    private const double MegajoulesPerKilowattHour = 3.6;

    /// <summary>One configuration in sentences.</summary>
    public static void WriteOne(CapacityRow row, TextWriter output)
    {
        if (row.Result is not { } result)
        {
            output.WriteLine(row.Impossible);
            return;
        }

        double Figure(string metric) => result.Of(StudyMetric.Named(metric)).Mean;
        var seeds = result.AtCapacity.Count;
        var latencies = $"TTFT p99 {SiFormat.Value(Figure("ttft.p99"), Unit.Seconds)}, TPOT p99 {SiFormat.Value(Figure("tpot.p99"), Unit.Seconds)}";
        if (!result.Met)
        {
            output.WriteLine($"No load meets the SLO{(seeds > 1 ? $" with each of {seeds} seeds" : "")}: even at the lowest that was tried, {SiFormat.Significant(result.Lowest)} {result.Unit}, {Missed(result.Limits)}.");
            output.WriteLine($"The best that was reached: {latencies}, {SiFormat.Value(Figure("goodputShare"), Unit.Share)} of the requests good.");
            return;
        }

        output.WriteLine($"Capacity: {(result.Limits.Count > 0 ? "" : "at least ")}{SiFormat.Significant(result.Rate.Mean)} {result.Unit}{(double.IsNaN(result.Rate.HalfWidth) ? "" : $" ± {SiFormat.Significant(result.Rate.HalfWidth)}")} ({Certainty(seeds)}; {result.Runs} runs).");
        output.WriteLine($"There{(seeds > 1 ? ", on average over the seeds, each at its own capacity" : "")}: {SiFormat.Value(Figure(Output), Unit.TokensPerSecond)} out, {latencies}.");
        List<string> costs = [];
        if (double.IsFinite(Figure(Usd))) costs.Add(string.Create(CultureInfo.InvariantCulture, $"{Figure(Usd):0.##} USD"));
        if (double.IsFinite(Figure(Joules))) costs.Add(string.Create(CultureInfo.InvariantCulture, $"{Figure(Joules) / MegajoulesPerKilowattHour:0.##} kWh"));
        if (costs.Count > 0) output.WriteLine($"Cost: {string.Join(" and ", costs)} per million output tokens.");
        output.WriteLine(result.Limits.Count > 0 ? $"Beyond it, {Missed(result.Limits, " first")}." : "No limit was found: all loads that were tried meet the SLO. More requests make a longer test.");
        output.WriteLine((seeds > 1 ? "With the first seed: " : "") + result.AtCapacity[0].Bottleneck);
        output.WriteLine($"Step times: {result.AtCapacity[0].TimeModel.StatedError}");
    }

    /// <summary>Several configurations for eyes.</summary>
    public static void WriteTable(IReadOnlyList<CapacityRow> rows, TextWriter output)
    {
        var seeds = rows.Max(r => r.Result?.AtCapacity.Count ?? 1);
        var sheet = new Sheet(
        [
            .. rows[0].Point?.Values.Select(v => Sheet.Head(v.Key)) ?? [], "capacity", .. seeds > 1 ? ["±"] : Array.Empty<string>(),
            "unit", "fails first", "tokens/s\nper user", "tokens/s\nper device", "USD/M\ntokens", "kWh/M\ntokens", "front",
        ])
        { Keys = rows[0].Point?.Values.Count ?? 0 };
        var front = Front(rows);
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, result) = (rows[i], rows[i].Result);
            sheet.Add(
            [
                .. row.Point?.Values.Select(v => (Cell)AxisValue.Brief(v.Value)) ?? [],
                Cell.Si(result?.Rate.Mean ?? double.NaN), .. seeds > 1 ? [Cell.Si(result?.Rate.HalfWidth ?? double.NaN)] : Array.Empty<Cell>(), result?.Unit ?? "",
                row.Impossible ?? (row.IsMet ? "" : "no load meets the SLO: ") + string.Join(", ", result!.Limits),
                Cell.Si(row.Of(PerUser)), Cell.Si(row.Of(PerDevice)), Cell.Si(row.Of(Usd)), Cell.Si(row.Of(Joules) / MegajoulesPerKilowattHour), front.Contains(i) ? "yes" : "",
            ]);
        }

        sheet.WriteTable(output);
        output.WriteLine($"Each capacity: {Certainty(seeds)}.");
    }

    /// <summary>All figures for programs, under the names that summary.json gives them.</summary>
    public static Sheet Data(IReadOnlyList<CapacityRow> rows)
    {
        var sheet = new Sheet(
        [
            .. rows[0].Point?.Values.Select(v => v.Key) ?? [], "capacity", "capacityHalfWidth", "capacityUnit", "state", "failsFirst", "seeds", "runs", "ttftP99Seconds", "tpotP99Seconds",
            "outputTokensPerSecond", "outputTokensPerSecondPerUser", "outputTokensPerSecondPerDevice", "usdPerMillionOutputTokens", "joulesPerOutputToken", "onFront", "reason",
        ]);
        var front = Front(rows);
        for (var i = 0; i < rows.Count; i++)
        {
            var (row, result) = (rows[i], rows[i].Result);
            sheet.Add(
            [
                .. row.Point?.Values.Select(v => Value(v.Value)) ?? [],
                Cell.Si(result?.Rate.Mean ?? double.NaN), Cell.Si(result?.Rate.HalfWidth ?? double.NaN), result?.Unit ?? "",
                result is null ? "impossible" : result.Met ? "met" : "unmet", string.Join(", ", result?.Limits ?? []), (long)(result?.AtCapacity.Count ?? 0), (long)(result?.Runs ?? 0),
                Cell.Si(row.Of("ttft.p99")), Cell.Si(row.Of("tpot.p99")), Cell.Si(row.Of(Output)), Cell.Si(row.Of(PerUser)), Cell.Si(row.Of(PerDevice)), Cell.Si(row.Of(Usd)),
                Cell.Si(row.Of(Joules)), front.Contains(i) ? "yes" : "", row.Impossible ?? "",
            ]);
        }

        return sheet;
    }

    // Points that are no numbers take no part.
    private static IReadOnlyList<int> Front(IReadOnlyList<CapacityRow> rows) => ParetoFront.Of([.. rows.Select(r => (r.Of(PerUser), r.Of(PerDevice)))]);

    private static Cell Value(JsonValue value) =>
        value.Kind == System.Text.Json.JsonValueKind.Number ? new Cell(value.Text, value.Text, true, value.Number) : AxisValue.Shown(value);

    private static string Certainty(int seeds)
    {
        var within = string.Create(CultureInfo.InvariantCulture, $"{CapacitySearch.Precision * 100:0} %");
        return seeds > 1 ? $"mean and 95 % interval of {seeds} seeds, each searched to {within}" : $"one seed, searched to {within}; repeat = 5 shows the noise";
    }

    private static string Missed(IReadOnlyList<string> limits, string when = "")
    {
        List<string> missed = [.. limits.Where(l => l != CapacitySearch.CannotKeepUp)];
        if (missed.Count == 0) return CapacitySearch.CannotKeepUp;
        var named = missed.Count == 1 ? missed[0] : string.Join(", ", missed.SkipLast(1)) + " and " + missed[^1];
        return $"{named} {(missed.Count == 1 ? "is" : "are")} missed{when}{(missed.Count < limits.Count ? ", with other seeds " + CapacitySearch.CannotKeepUp : "")}";
    }
}
