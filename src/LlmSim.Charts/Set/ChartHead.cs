using LlmSim.Charts.Numbers;

namespace LlmSim.Charts.Set;

/// <summary>The texts that every chart of the set carries.</summary>
/// <param name="Title">The question or the finding; empty: the builder's own.</param>
/// <param name="Subtitle">Model, machine, policy, workload.</param>
/// <param name="Footnote">Time model and its stated error, seed, version.</param>
public sealed record ChartHead(string Title = "", string Subtitle = "", string Footnote = "")
{
    /// <summary>What an offered rate counts: requests, or sessions of several.</summary>
    public Unit Rate { get; init; } = Unit.RequestsPerSecond;

    internal string TitleOr(string own) => Title.Length > 0 ? Title : own;
}
