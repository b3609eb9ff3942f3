namespace LlmSim.Execution.StepCosts.MeasuredTables;

/// <summary>A batch lies outside a measured table, which refuses to invent its time.</summary>
/// <param name="message">Which table, and which point it lacks.</param>
public sealed class OutsideTableException(string message) : Exception(message);
