using System.Numerics;

namespace LlmSim.Serving.Results;

/// <summary>
/// Distribution of all gaps between consecutive tokens of a request (ITL), in constant memory: counts, sum, minimum and maximum are
/// exact; a quantile is exact below 512 ns and within ±1/512 (0.2 %) above.
/// </summary>
/// <remarks>Implementation note: a log-linear histogram; each power of two is cut into 256 buckets, so a bucket is at most 1/256 wide, and its middle is reported.</remarks>
public sealed class TokenGaps
{
    private const int Precision = 8;
    private const int PerOctave = 1 << Precision;
    private readonly long[] _counts = new long[(64 - Precision) * PerOctave + PerOctave];
    private double _sum;

    /// <summary>The relative error that <see cref="Quantile"/> may have.</summary>
    public const double RelativeError = 1.0 / (2 * PerOctave);

    /// <summary>Gaps counted.</summary>
    public long Count { get; private set; }

    /// <summary>Mean gap in nanoseconds; NaN when there is none.</summary>
    public double MeanNanoseconds => Count == 0 ? double.NaN : _sum / Count;

    /// <summary>Longest gap in nanoseconds; 0 when there is none.</summary>
    public long MaxNanoseconds { get; private set; }

    /// <summary>Counts one gap, <paramref name="times"/> times.</summary>
    /// <param name="nanoseconds">The gap, at least 0.</param>
    /// <param name="times">How often, at least 0.</param>
    public void Add(long nanoseconds, long times = 1)
    {
        _counts[Bucket(nanoseconds)] += times;
        Count += times;
        _sum += (double)nanoseconds * times;
        if (nanoseconds > MaxNanoseconds) MaxNanoseconds = nanoseconds;
    }

    /// <summary>Forgets everything: what a study does when its warm-up ends.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        Count = 0;
        _sum = 0;
        MaxNanoseconds = 0;
    }

    /// <summary>The gap in nanoseconds that a share <paramref name="quantile"/> of all gaps does not exceed (nearest rank); NaN when there is none.</summary>
    /// <param name="quantile">From 0 to 1.</param>
    public double Quantile(double quantile)
    {
        if (!(quantile >= 0 && quantile <= 1)) throw new ArgumentOutOfRangeException(nameof(quantile), quantile, "must be from 0 to 1");
        if (Count == 0) return double.NaN;
        var rank = Math.Max(1, (long)Math.Ceiling(quantile * Count));
        if (rank >= Count) return MaxNanoseconds;
        var seen = 0L;
        for (var bucket = 0; bucket < _counts.Length; bucket++)
        {
            seen += _counts[bucket];
            if (seen >= rank) return Math.Min(Middle(bucket), MaxNanoseconds);
        }

        return MaxNanoseconds;
    }

    private static int Bucket(long value)
    {
        if (value < 2 * PerOctave) return (int)Math.Max(0, value);
        var shift = 63 - BitOperations.LeadingZeroCount((ulong)value) - Precision;
        return (shift << Precision) + (int)(value >> shift);
    }

    private static double Middle(int bucket)
    {
        if (bucket < 2 * PerOctave) return bucket;
        var shift = (bucket >> Precision) - 1;
        var first = (long)(bucket - (shift << Precision)) << shift;
        return first + ((1L << shift) - 1) / 2.0;
    }
}
