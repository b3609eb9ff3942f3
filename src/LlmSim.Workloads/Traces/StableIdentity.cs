namespace LlmSim.Workloads.Traces;

/// <summary>Numbers for names, the same in every process.</summary>
internal static class StableIdentity
{
    /// <summary>A number, at least 0, for some bytes: 63 bits of FNV-1a.</summary>
    public static long Of(ReadOnlySpan<byte> name)
    {
        var hash = 14695981039346656037UL;
        foreach (var octet in name)
        {
            hash ^= octet;
            hash *= 1099511628211UL;
        }

        return (long)(hash >> 1);
    }

    /// <summary>A number, at least 0, for a pair of numbers: 63 bits of a SplitMix64 step over both.</summary>
    public static long Of(long first, long second)
    {
        var z = unchecked((ulong)first * 0x9E3779B97F4A7C15UL + (ulong)second + 0xD1B54A32D192ED03UL);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return (long)((z ^ (z >> 31)) >> 1);
    }
}
