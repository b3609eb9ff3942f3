using FsCheck;
using FsCheck.Fluent;
using LlmSim.Kernel.Chance;

namespace LlmSim.Execution.Tests.Samples;

/// <summary>Runs a property on many random cases; the seed of a failing case stands in the failure.</summary>
internal static class Check
{
    public static void ForSeeds(int cases, Action<RandomStream> property) =>
        FsCheck.Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(cases).WithReplay(20261122, 7),
            Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed => property(new RandomStreams((ulong)seed).Stream("case"))));
}
