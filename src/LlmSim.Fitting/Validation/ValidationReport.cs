using System.Globalization;
using System.Text;
using LlmSim.Files;
using LlmSim.Fitting.Serving;

namespace LlmSim.Fitting.Validation;

/// <summary>Predicted against measured, set by set.</summary>
/// <param name="Rows">The comparisons.</param>
/// <param name="Notes">Data that were absent or could not be used, one sentence each.</param>
public sealed record ValidationReport(IReadOnlyList<ValidationRow> Rows, IReadOnlyList<string> Notes)
{
    /// <summary>Comparisons that got worse than the constants' own stated error allows; empty when nothing broke.</summary>
    public IReadOnlyList<ValidationRow> Regressions => [.. Rows.Where(r => r.Limit is { } limit && r.Errors.Mean > limit)];

    /// <summary>The serving runs that were replayed, request by request.</summary>
    public IReadOnlyList<ReplayedRun> Replays { get; init; } = [];

    /// <summary>The table as comma-separated values; errors in percent.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("group,device,subject,held_out,points,mape_percent,median_percent,worst_percent,bias_percent,beyond_25_percent,target_percent,reached,predicted,measured\n");
        foreach (var row in Rows)
        {
            var e = row.Errors;
            text.AppendJoin(',', row.Group, row.Device, CsvText.Field(row.Subject), Name(row.HeldOut), e.Points.ToString(CultureInfo.InvariantCulture),
                Percent(e.Mean), Percent(e.Median), Percent(e.Worst), Percent(e.Bias), Percent(e.Beyond25),
                row.Target is { } target ? Percent(target) : "", row.Reached switch { true => "yes", false => "no", null => "" },
                Number(row.Figure?.Predicted), Number(row.Figure?.Measured));
            text.Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The table as Markdown, for documents.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        foreach (var group in Rows.Where(r => r.Figure is null).GroupBy(r => r.Group))
        {
            text.Append("### ").Append(group.Key).Append("\n\n| device | what | held out | n | mean % | median % | worst % | bias % | beyond 25 % | target % |\n");
            text.Append("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |\n");
            foreach (var row in group)
            {
                var e = row.Errors;
                var target = row.Target is { } t ? Percent(t) + (row.Reached == true ? "" : " missed") : "";
                text.Append("| ").AppendJoin(" | ", row.Device, row.Subject, Name(row.HeldOut), e.Points.ToString(CultureInfo.InvariantCulture),
                    Percent(e.Mean), Percent(e.Median), Percent(e.Worst), Percent(e.Bias), Percent(e.Beyond25), target).Append(" |\n");
            }

            text.Append('\n');
        }

        AddFigures(text);
        return text.ToString();
    }

    private void AddFigures(StringBuilder text)
    {
        foreach (var group in Rows.Where(r => r.Figure is not null).GroupBy(r => r.Group))
        {
            text.Append("### ").Append(group.Key).Append("\n\n| device | what | measured | predicted | error % | target % |\n");
            text.Append("| --- | --- | --- | --- | --- | --- |\n");
            foreach (var row in group)
            {
                var target = row.Target is { } t ? Percent(t) + (row.Reached == true ? "" : " missed") : "";
                text.Append("| ").AppendJoin(" | ", row.Device, row.Subject, Number(row.Figure?.Measured), Number(row.Figure?.Predicted), Signed(row.Errors.Bias), target).Append(" |\n");
            }

            text.Append('\n');
        }
    }

    /// <summary>"by shape", for people.</summary>
    public static string Name(HeldOut heldOut) => heldOut switch
    {
        HeldOut.ByShape => "by shape",
        HeldOut.ByDevice => "by device",
        HeldOut.Independent => "independent",
        _ => "no",
    };

    private static string Number(double? value) => value?.ToString("G6", CultureInfo.InvariantCulture) ?? "";

    private static string Signed(double fraction) => (100 * fraction).ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture);

    private static string Percent(double fraction) => (100 * fraction).ToString("F1", CultureInfo.InvariantCulture);
}
