using System.Numerics;

namespace LlmSim.Kernel.Chance;

/// <summary>
/// One stream of random numbers: xoshiro256** (Blackman and Vigna, “Scrambled linear pseudorandom number generators”, 2018; period
/// 2²⁵⁶ − 1), its state filled by SplitMix64. Own code, so that the numbers do not change with the .NET version.
/// </summary>
public sealed class RandomStream
{
    private ulong _s0, _s1, _s2, _s3;
    private double _spareNormal = double.NaN;

    /// <summary>A stream from a 64-bit state; simulations take theirs from <see cref="RandomStreams"/>.</summary>
    /// <param name="state">Start of the SplitMix64 sequence that fills the generator; every value is allowed.</param>
    public RandomStream(ulong state)
    {
        _s0 = RandomStreams.SplitMix64(ref state);
        _s1 = RandomStreams.SplitMix64(ref state);
        _s2 = RandomStreams.SplitMix64(ref state);
        _s3 = RandomStreams.SplitMix64(ref state);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = BitOperations.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = BitOperations.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in [0, 1): a multiple of 2⁻⁵³.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in (0, 1): an odd multiple of 2⁻⁵³, so that its logarithm and its reciprocal are finite.</summary>
    public double NextOpenDouble() => ((NextUInt64() >> 12) + 0.5) * (1.0 / (1UL << 52));

    /// <summary>A whole number from 0 to <paramref name="exclusive"/> − 1, each equally likely (Lemire's multiplication with rejection).</summary>
    /// <param name="exclusive">One more than the largest result, at least 1.</param>
    public int NextInt(int exclusive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusive, 1);
        return (int)NextUInt64((ulong)exclusive);
    }

    /// <summary>A whole number from 0 to <paramref name="exclusive"/> − 1, each equally likely.</summary>
    /// <param name="exclusive">One more than the largest result, at least 1.</param>
    public long NextLong(long exclusive)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(exclusive, 1);
        return (long)NextUInt64((ulong)exclusive);
    }

    /// <summary>Exponentially distributed; mean 1 / <paramref name="rate"/>.</summary>
    /// <param name="rate">Events per unit of time, above 0 and finite.</param>
    public double NextExponential(double rate)
    {
        Require(rate, nameof(rate));
        return -Math.Log(NextOpenDouble()) / rate;
    }

    /// <summary>Standard normal: mean 0, standard deviation 1 (Marsaglia's polar method).</summary>
    public double NextNormal()
    {
        if (!double.IsNaN(_spareNormal))
        {
            var spare = _spareNormal;
            _spareNormal = double.NaN;
            return spare;
        }

        while (true)
        {
            var x = 2 * NextDouble() - 1;
            var y = 2 * NextDouble() - 1;
            var square = x * x + y * y;
            if (square is >= 1 or 0) continue;
            var factor = Math.Sqrt(-2 * Math.Log(square) / square);
            _spareNormal = y * factor;
            return x * factor;
        }
    }

    /// <summary>
    /// Gamma distributed with scale 1: mean and variance equal <paramref name="shape"/> (Marsaglia and Tsang, “A simple method for
    /// generating gamma variables”, 2000; shapes below 1 by U^(1/shape) times a draw of shape + 1).
    /// </summary>
    /// <param name="shape">Above 0 and finite.</param>
    public double NextGamma(double shape)
    {
        Require(shape, nameof(shape));
        var boost = 1.0;
        if (shape < 1)
        {
            boost = Math.Pow(NextOpenDouble(), 1 / shape);
            shape += 1;
        }

        var d = shape - 1.0 / 3;
        var c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            var x = NextNormal();
            var v = 1 + c * x;
            if (v <= 0) continue;
            v = v * v * v;
            if (Math.Log(NextOpenDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v)) return boost * d * v;
        }
    }

    private ulong NextUInt64(ulong exclusive)
    {
        var high = Math.BigMul(NextUInt64(), exclusive, out ulong low);
        if (low >= exclusive) return high;
        // 2⁶⁴ mod n products at the bottom of each bucket are one too many: draw again when one is hit.
        var surplus = (0 - exclusive) % exclusive;
        while (low < surplus) high = Math.BigMul(NextUInt64(), exclusive, out low);
        return high;
    }

    private static void Require(double value, string name)
    {
        if (!(value > 0) || double.IsInfinity(value)) throw new ArgumentOutOfRangeException(name, value, "must be above 0 and finite");
    }
}
