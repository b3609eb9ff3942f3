namespace LlmSim.Execution.Schedules;

/// <summary>Repetitions that were cut out of a run.</summary>
/// <param name="Period">Places of the pass that one repetition covers.</param>
/// <param name="Repeats">How many were cut out, at least 1.</param>
/// <param name="Ticks">What one repetition takes.</param>
/// <param name="SinceEvent">Number of the first event of the repetition that was run, and stands for all.</param>
internal readonly record struct Fold(int Period, int Repeats, long Ticks, int SinceEvent);
