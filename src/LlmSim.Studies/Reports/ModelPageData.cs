using LlmSim.Charts.Set;

namespace LlmSim.Studies.Reports;

/// <summary>What the page of <c>analyze</c> shows: a model's layers, the work of each operator, its place on the roofline.</summary>
public sealed record ModelPageData
{
    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Machine, phase, batch, precision, in one line.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Time model and its stated error, sources of the roofs, version.</summary>
    public string Footnote { get; init; } = "";

    /// <summary>The verdict in one sentence; empty: what limits most of the time.</summary>
    public string Verdict { get; init; } = "";

    /// <summary>Whether the verdict is what was hoped for: bad where the model does not fit.</summary>
    public VerdictTone Tone { get; init; }

    /// <summary>Headline figures: time, FLOPs, weights, KV cache, peak memory, parameters.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];

    /// <summary>The roofs, the one in use first.</summary>
    public IReadOnlyList<Roof> Roofs { get; init; } = [];

    /// <summary>Prologue, layer groups and epilogue in order.</summary>
    public required IReadOnlyList<ModelPageGroup> Groups { get; init; }

    /// <summary>What the import could not recognise or had to assume.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>More sections below: curves over batch and length, memory, how to reproduce.</summary>
    public IReadOnlyList<ReportSection> Sections { get; init; } = [];
}

/// <summary>Layers that are alike, found once and counted.</summary>
/// <param name="Name">"Prologue", "Layers 0–31", "Epilogue".</param>
/// <param name="Count">How many layers it stands for.</param>
/// <param name="Operators">The operators of one of them in order.</param>
public sealed record ModelPageGroup(string Name, int Count, IReadOnlyList<ModelPageOperator> Operators);

/// <summary>One operator of one layer.</summary>
public sealed record ModelPageOperator
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>What it is: "linear 4096 → 11008", "attention 32 heads, 8 KV heads".</summary>
    public string Kind { get; init; } = "";

    /// <summary>Inputs, weights and outputs with their shapes, one line each.</summary>
    public IReadOnlyList<string> Shapes { get; init; } = [];

    /// <summary>Nodes of the graph that it was recognised from.</summary>
    public IReadOnlyList<string> SourceNodes { get; init; } = [];

    /// <summary>FLOPs of one execution.</summary>
    public double Flops { get; init; }

    /// <summary>Bytes of one execution by role: "weights", "KV cache read", "activations written".</summary>
    public IReadOnlyList<MemoryPart> Bytes { get; init; } = [];

    /// <summary>What limits it.</summary>
    public ChartBound Bound { get; init; }

    /// <summary>Time of one execution in seconds.</summary>
    public double Seconds { get; init; }

    /// <summary>What the arithmetic alone would take, in seconds.</summary>
    public double ComputeSeconds { get; init; }

    /// <summary>What the memory alone would take, in seconds.</summary>
    public double MemorySeconds { get; init; }

    /// <summary>All bytes of one execution.</summary>
    public double TotalBytes => Bytes.Sum(b => b.Bytes);

    /// <summary>FLOPs per byte; 0 where nothing is moved.</summary>
    public double Intensity => TotalBytes > 0 ? Flops / TotalBytes : 0;

    /// <summary>FLOPs per second reached; 0 where it takes no time.</summary>
    public double Performance => Seconds > 0 ? Flops / Seconds : 0;
}
