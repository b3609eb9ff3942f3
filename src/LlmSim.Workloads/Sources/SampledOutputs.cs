using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Requests;

namespace LlmSim.Workloads.Sources;

/// <summary>Asks for several outputs of each prompt, or of some: parallel sampling, best-of n. Requests that ask for several themselves stay as they are.</summary>
/// <param name="inner">The load.</param>
/// <param name="outputs">Outputs of a prompt, at least 2.</param>
/// <param name="share">Share of the requests that have several, from 0 to 1.</param>
/// <param name="cv">Standard deviation over mean of the outputs' lengths around the request's own; 0 for equal lengths.</param>
/// <param name="seed">Where shares and lengths come from, each request by its number.</param>
public sealed class SampledOutputs(IRequestSource inner, int outputs, double share, double cv, ulong seed) : IRequestSource
{
    // A log-normal length has this standard deviation of its logarithm, and so half its square less mean.
    private readonly double _sigma = Math.Sqrt(Math.Log(1 + cv * cv));

    private Request? _shown;
    private Request? _made;

    /// <inheritdoc/>
    public long? Count => inner.Count;

    /// <inheritdoc/>
    public Request? Peek()
    {
        if (inner.Peek() is not { } next) return null;
        if (!ReferenceEquals(_shown, next)) (_shown, _made) = (next, Make(next));
        return _made;
    }

    /// <inheritdoc/>
    public Request Take()
    {
        var request = Peek() ?? throw new InvalidOperationException("no request to take");
        inner.Take();
        return request;
    }

    /// <inheritdoc/>
    public void Completed(Request request, long nanoseconds) => inner.Completed(request, nanoseconds);

    private Request Make(Request request)
    {
        if (request.MoreOutputTokens.Length > 0) return request;
        var chance = new RandomStream(seed ^ ((ulong)(request.Id + 1) * 0x9E3779B97F4A7C15));
        if (chance.NextDouble() >= share) return request;
        var lengths = new int[outputs];
        for (var i = 0; i < outputs; i++)
        {
            lengths[i] = _sigma == 0 ? request.OutputTokens
                : (int)Math.Clamp(Math.Round(request.OutputTokens * Math.Exp(_sigma * chance.NextNormal() - _sigma * _sigma / 2)), 1, Traces.TraceFaults.MostTokens);
        }

        Array.Sort(lengths, static (a, b) => b.CompareTo(a));
        return request with { OutputTokens = lengths[0], MoreOutputTokens = lengths.AsMemory(1) };
    }
}
