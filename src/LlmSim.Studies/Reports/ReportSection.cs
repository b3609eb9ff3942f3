namespace LlmSim.Studies.Reports;

/// <summary>A section of a report.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Blocks">What it holds, in order.</param>
public sealed record ReportSection(string Title, IReadOnlyList<ReportBlock> Blocks);
