namespace LlmSim.Graphs.Operators;

/// <summary>Expected distinct experts when popularity follows a power law.</summary>
internal static class SkewedRouting
{
    /// <summary>Σ 1 − (1 − pᵢ)^T with pᵢ = min(1, c·(i + 1)^−skew) and c such that Σ pᵢ = k.</summary>
    public static double Distinct(int experts, int perToken, double skew, long tokens)
    {
        Span<double> weights = experts <= 1024 ? stackalloc double[experts] : new double[experts];
        double rest = 0;
        for (var i = 0; i < experts; i++) rest += weights[i] = Math.Pow(i + 1, -skew);

        // The most popular experts come first: those whose share would pass 1 are chosen by every token, the others share what is left of k.
        var certain = 0;
        while (certain < perToken && weights[certain] * (perToken - certain) >= rest) rest -= weights[certain++];
        double distinct = certain;
        for (var i = certain; i < experts && certain < perToken; i++)
            distinct += 1 - Math.Pow(1 - Math.Min(1, weights[i] * (perToken - certain) / rest), tokens);
        return distinct;
    }
}
