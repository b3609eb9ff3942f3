using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>A request that carries all its state itself.</summary>
internal sealed class PlainRequest(Request request)
{
    public Request Request => request;

    public int Computed { get; set; }

    public int Generated { get; set; }

    public int Reached => request.PromptTokens + Generated;

    public List<int> Blocks { get; } = [];

    public int Named { get; set; }

    public int Order { get; set; }

    public object? Lane { get; set; }

    public long FirstScheduled { get; set; } = -1;

    public long FirstToken { get; set; } = -1;

    public long LastToken { get; set; }

    public long Finish { get; set; } = -1;

    public int Preemptions { get; set; }

    public int Cached { get; set; }

    public long Recomputed { get; set; }

    public int SwappedBlocks { get; set; }

    public bool Decodes => Generated > 0 && Computed == Reached - 1;

    public bool Rejected { get; set; }
}
