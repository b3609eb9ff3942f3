using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>A request that carries all its state itself.</summary>
internal sealed class PlainRequest(Request request)
{
    public Request Request => request;

    /// <summary>Distinguishes the outputs of one request.</summary>
    public long Uid { get; set; } = request.Id;

    public int OutputTokens { get; set; } = request.OutputTokens;

    /// <summary>The sequence that computed the prompt; itself before that.</summary>
    public PlainRequest? Root { get; set; }

    /// <summary>All outputs that are sequences, once the prompt is computed.</summary>
    public List<PlainRequest> Outputs { get; } = [];

    public bool HasUnnamed { get; set; }

    public bool SharesBlocks { get; set; }

    public bool IsBranched => Root is not null;

    public int Seats => IsBranched ? 1 : 1 + request.MoreOutputTokens.Length;

    public int Computed { get; set; }

    public int Generated { get; set; }

    public int Reached => request.PromptTokens + Generated;

    public List<int> Blocks { get; } = [];

    public int Named { get; set; }

    public int Order { get; set; }

    public PlainLane? Lane { get; set; }

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
