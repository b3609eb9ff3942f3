namespace LlmSim.Tests;

/// <summary>A fact that needs the shared data; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = SharedData.Root is null ? Missing : null;

    internal const string Missing = "the shared data is absent: set LLMSIM_DATA to its folder";
}

/// <summary>A theory that needs the shared data; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = SharedData.Root is null ? SharedFactAttribute.Missing : null;
}
