namespace LlmSim.Studies.Reports;

/// <summary>Whether the verdict is what was hoped for.</summary>
public enum VerdictTone
{
    /// <summary>Neither: there was no SLO.</summary>
    Neutral,

    /// <summary>The SLO is met, the model fits.</summary>
    Good,

    /// <summary>It is not.</summary>
    Bad,
}

/// <summary>What a report page says, for a run, a study or a comparison.</summary>
public sealed record ReportData
{
    /// <summary>What was run: "Llama-2-7B on one A100 80GB, vllm-v1".</summary>
    public required string Title { get; init; }

    /// <summary>Model, machine, policy, workload, in one line.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>The verdict in one sentence: does it meet the SLO, and at what load does it not?</summary>
    public required string Verdict { get; init; }

    /// <summary>Whether the verdict is what was hoped for.</summary>
    public VerdictTone Tone { get; init; }

    /// <summary>The headline figures, about six.</summary>
    public IReadOnlyList<ReportFigure> Figures { get; init; } = [];

    /// <summary>The sections in order: latency, bottleneck and what to try, memory, time, slowest requests, assumptions, scenario, reproduction. <see cref="StandardSections"/> makes the usual ones.</summary>
    public IReadOnlyList<ReportSection> Sections { get; init; } = [];

    /// <summary>Version of the tool and seed, printed at the foot.</summary>
    public string Footer { get; init; } = "";
}
