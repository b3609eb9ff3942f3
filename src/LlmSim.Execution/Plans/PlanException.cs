namespace LlmSim.Execution.Plans;

/// <summary>A plan that cannot run: a cycle, a unit that is not there. The message holds everything that was found.</summary>
public sealed class PlanException : Exception
{
    /// <summary>A plan with these problems.</summary>
    public PlanException(IReadOnlyList<string> problems)
        : base(string.Join("; ", problems ?? throw new ArgumentNullException(nameof(problems)))) => Problems = problems;

    /// <summary>What is wrong, a sentence each.</summary>
    public IReadOnlyList<string> Problems { get; }
}
