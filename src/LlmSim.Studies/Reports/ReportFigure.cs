namespace LlmSim.Studies.Reports;

/// <summary>A headline figure.</summary>
/// <param name="Name">What it is: "p99 TTFT".</param>
/// <param name="Value">With its unit: "812 ms".</param>
/// <param name="Note">A word on it: "SLO 1 s"; empty: none.</param>
public sealed record ReportFigure(string Name, string Value, string Note = "");
