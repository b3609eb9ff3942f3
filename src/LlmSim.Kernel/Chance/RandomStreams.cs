using System.Text;

namespace LlmSim.Kernel.Chance;

/// <summary>
/// All chance of one simulation: a seed, from which independent streams are drawn by name. A new consumer takes a new name and so
/// disturbs none of the numbers that the others see.
/// </summary>
/// <remarks>
/// The stream is a pure function of (seed, name): asking twice for a name yields two streams of equal numbers, so every consumer asks
/// once and keeps its stream.
/// </remarks>
/// <param name="seed">The seed that the scenario names; every value is allowed.</param>
public sealed class RandomStreams(ulong seed)
{
    /// <summary>The seed that all streams depend on.</summary>
    public ulong Seed { get; } = seed;

    /// <summary>The stream of this name, from its beginning.</summary>
    /// <param name="name">Any text; compared byte for byte in UTF-8.</param>
    public RandomStream Stream(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        // Both parts pass the mixer before they meet, so that neighbouring seeds and similar names give unrelated states.
        var mixedSeed = Seed;
        var mixedName = StableHash(name);
        return new RandomStream(SplitMix64(ref mixedSeed) ^ SplitMix64(ref mixedName));
    }

    /// <summary>A set of streams of its own, for one of many equal parts (replica 3, client 17) whose streams have equal names.</summary>
    /// <param name="name">Name of the part.</param>
    public RandomStreams Child(string name) => new(Stream(name).NextUInt64());

    /// <summary>64-bit FNV-1a over the UTF-8 bytes: stable between processes, builds and platforms.</summary>
    internal static ulong StableHash(string name)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in Encoding.UTF8.GetBytes(name))
        {
            hash ^= octet;
            hash *= 1099511628211UL;
        }

        return hash;
    }

    /// <summary>
    /// One step of SplitMix64 (Steele, Lea, Flood: “Fast splittable pseudorandom number generators”, OOPSLA 2014): advances the state and
    /// returns its finalised value.
    /// </summary>
    internal static ulong SplitMix64(ref ulong state)
    {
        state += 0x9E3779B97F4A7C15UL;
        var z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
