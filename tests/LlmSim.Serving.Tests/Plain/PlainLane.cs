namespace LlmSim.Serving.Tests.Plain;

/// <summary>One of the batches in flight.</summary>
internal sealed class PlainLane
{
    public List<PlainRequest> Running { get; } = [];

    public List<(PlainRequest Request, int Tokens)> Batch { get; } = [];

    public long Start { get; set; }

    public long End { get; set; } = long.MaxValue;

    public long Swap { get; set; }
}
