using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Comparisons;

/// <summary>One run in a comparison.</summary>
/// <param name="Name">Name for people: the folder's or the file's.</param>
/// <param name="IsMeasured">Whether it was measured on a real engine rather than simulated here.</param>
/// <param name="Summary">Its figures; those that the source does not hold are NaN or 0.</param>
/// <param name="Rows">Its requests, where the source has them; else empty.</param>
public sealed record ComparedRun(string Name, bool IsMeasured, Summary Summary, IReadOnlyList<RequestRow> Rows);
