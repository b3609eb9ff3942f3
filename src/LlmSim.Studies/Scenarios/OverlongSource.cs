using LlmSim.Workloads.Requests;

namespace LlmSim.Studies.Scenarios;

/// <summary>Keeps requests that are longer than the model's context away from the engines, or cuts them to fit.</summary>
/// <param name="inner">The load.</param>
/// <param name="contextTokens">Most tokens of prompt and output together, at least 2.</param>
/// <param name="truncate">Whether they are cut rather than rejected: the prompt first, then the output.</param>
public sealed class OverlongSource(IRequestSource inner, int contextTokens, bool truncate) : IRequestSource
{
    private readonly List<Request> _rejected = [];
    private Request? _shown;
    private Request? _cut;

    /// <summary>Requests rejected so far, in order of arrival.</summary>
    public IReadOnlyList<Request> Rejected => _rejected;

    /// <summary>Requests cut so far.</summary>
    public long Truncated { get; private set; }

    /// <inheritdoc/>
    public long? Count => inner.Count;

    /// <inheritdoc/>
    public Request? Peek()
    {
        while (inner.Peek() is { } next)
        {
            if ((long)next.PromptTokens + next.OutputTokens <= contextTokens) return next;
            if (truncate)
            {
                if (!ReferenceEquals(_shown, next)) (_shown, _cut) = (next, Cut(next));
                return _cut;
            }

            inner.Take();
            _rejected.Add(next with { PrefixBlocks = default });
            inner.Completed(next, next.ArrivalNanoseconds);
        }

        return null;
    }

    /// <inheritdoc/>
    public Request Take()
    {
        var request = Peek() ?? throw new InvalidOperationException("no request to take");
        inner.Take();
        if (ReferenceEquals(request, _cut)) Truncated++;
        return request;
    }

    /// <inheritdoc/>
    public void Completed(Request request, long nanoseconds) => inner.Completed(request, nanoseconds);

    private Request Cut(Request request)
    {
        var output = Math.Min(request.OutputTokens, contextTokens - 1);
        var more = request.MoreOutputTokens.Length == 0 ? default(ReadOnlyMemory<int>) : Array.ConvertAll(request.MoreOutputTokens.ToArray(), tokens => Math.Min(tokens, output));
        return request with { OutputTokens = output, MoreOutputTokens = more, PromptTokens = Math.Min(request.PromptTokens, contextTokens - output) };
    }
}
