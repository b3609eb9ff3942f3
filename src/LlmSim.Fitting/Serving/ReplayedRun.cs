using LlmSim.Studies.Comparisons;
using LlmSim.Studies.Runs;

namespace LlmSim.Fitting.Serving;

/// <summary>A measured run and its replay.</summary>
/// <param name="Run">What was replayed.</param>
/// <param name="Predicted">The simulation.</param>
/// <param name="Measured">The measurement.</param>
public sealed record ReplayedRun(MeasuredRun Run, RunResult Predicted, ComparedRun Measured);
