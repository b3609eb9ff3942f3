using LlmSim.Charts;
using LlmSim.Charts.Svg;

namespace LlmSim.Studies.Reports;

/// <summary>A piece of a section; the kinds are the records below.</summary>
public abstract record ReportBlock;

/// <summary>A paragraph.</summary>
/// <param name="Text">Plain text.</param>
public sealed record TextBlock(string Text) : ReportBlock;

/// <summary>A list.</summary>
/// <param name="Items">Plain text each.</param>
public sealed record ListBlock(IReadOnlyList<string> Items) : ReportBlock;

/// <summary>A chart, drawn inline, its values under the pointer and by keyboard.</summary>
/// <param name="Chart">The chart.</param>
/// <param name="CsvName">Name under which its data is offered, without extension.</param>
/// <param name="OverTime">Its x axes are time in seconds, so that moments named elsewhere can be shown in it.</param>
/// <param name="Drawn">The chart as it was drawn already, with ids that no other chart of the page has; null: the page draws it.</param>
/// <param name="Csv">Its data as <see cref="ChartCsv"/> wrote them already; null: the page asks for them.</param>
public sealed record ChartBlock(Chart Chart, string CsvName = "", bool OverTime = false, RenderedChart? Drawn = null, string? Csv = null) : ReportBlock;

/// <summary>Text to copy: a scenario, a command.</summary>
/// <param name="Text">The text with its line breaks.</param>
public sealed record CodeBlock(string Text) : ReportBlock;

/// <summary>A table that sorts by any column.</summary>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The rows, each with a cell per column.</param>
public sealed record TableBlock(IReadOnlyList<ReportColumn> Columns, IReadOnlyList<ReportRow> Rows) : ReportBlock;

/// <summary>A column.</summary>
/// <param name="Name">Its head, with the unit.</param>
/// <param name="IsNumber">Aligned right.</param>
public sealed record ReportColumn(string Name, bool IsNumber = false);

/// <summary>A row.</summary>
/// <param name="Cells">A cell per column.</param>
public sealed record ReportRow(IReadOnlyList<ReportCell> Cells);

/// <summary>A cell.</summary>
/// <param name="Text">What is printed.</param>
/// <param name="Value">What it is sorted by; NaN: the text.</param>
/// <param name="AtSeconds">A moment that a click shows in the charts over time; NaN: none.</param>
/// <param name="Link">Place in this page that it leads to, without '#'; empty: none.</param>
public sealed record ReportCell(string Text, double Value = double.NaN, double AtSeconds = double.NaN, string Link = "");
