namespace LlmSim.Fitting.Validation;

/// <summary>What a validation does.</summary>
public sealed record ValidationOptions
{
    /// <summary>Fit anew, with cross-validation, and compare held-out predictions; otherwise the constants in the hardware files are compared as they are.</summary>
    public bool Fit { get; init; }

    /// <summary>Write the constants of a fit into the hardware files.</summary>
    public bool Write { get; init; }

    /// <summary>
    /// Operator tables whose label ("h100-80gb-sxm gemm bf16 vllm-0.24.0") holds all of these words; other comparisons are left out then. Empty takes everything.
    /// </summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>Compare every n-th row only, at least 1; 1 compares all. For checks in a few seconds; small tables are thinned out less. A fit always takes all rows.</summary>
    public int Sample { get; init; } = 1;

    /// <summary>The group of comparisons to make ("operators", "devices", "iterations", "forward passes", "serving"); null makes all.</summary>
    public string? Only { get; init; }

    /// <summary>Points kept of each comparison for scatter plots, at least 0.</summary>
    public int ScatterPoints { get; init; } = 400;
}
