namespace LlmSim.Studies.Runs;

/// <summary>The scenario is well written and cannot work (exit code 1): a model that does not fit, say. The message says what is missing and what would help.</summary>
public sealed class ImpossibleException(string message) : Exception(message);
