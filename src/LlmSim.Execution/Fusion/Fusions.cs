using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Fusion;

/// <summary>The fusions, by name, in the order in which they are applied.</summary>
public static class Fusions
{
    /// <summary>Query, key and value projections in one matrix.</summary>
    public static IFusion Qkv { get; } = new PackedProjections("qkv", "qkv_proj", toAttention: true);

    /// <summary>Gate and up projections in one matrix.</summary>
    public static IFusion GateUp { get; } = new PackedProjections("gate-up", "gate_up_proj", toAttention: false);

    /// <summary>A residual addition in the norm after it.</summary>
    public static IFusion Norm { get; } = new NormFusion();

    /// <summary>Activation functions (SiLU, GELU, SwiGLU) in the matrix product before them.</summary>
    public static IFusion Activation { get; } = new EpilogueFusion("activation", k => k is ElementWiseKind.Activation or ElementWiseKind.GatedActivation);

    /// <summary>Residual additions in the matrix product before them.</summary>
    public static IFusion Residual { get; } = new EpilogueFusion("residual", k => k is ElementWiseKind.Add);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<IFusion> All { get; } = [Qkv, GateUp, Norm, Activation, Residual];

    /// <summary>The fusion of this name; null when there is none.</summary>
    public static IFusion? Find(string name) => All.FirstOrDefault(f => string.Equals(f.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>A model with these fusions wherever they apply, always in the order of <see cref="All"/>.</summary>
    public static LanguageModel Apply(LanguageModel model, IReadOnlyCollection<IFusion> fusions)
    {
        ArgumentNullException.ThrowIfNull(model);
        LayerGroup Fuse(LayerGroup group) => All.Where(fusions.Contains).Aggregate(group, (g, fusion) => fusion.Apply(g));
        return model with
        {
            Prologue = model.Prologue is null ? null : Fuse(model.Prologue),
            LayerGroups = [.. model.LayerGroups.Select(Fuse)],
            Epilogue = model.Epilogue is null ? null : Fuse(model.Epilogue),
        };
    }

    /// <summary>
    /// A model whose attention kernels keep blocks of queries on chip and stream keys and values past them (FlashAttention): rows of a block
    /// = on-chip bytes / (4 · head width · bytes of an element), as its paper divides the memory between queries, keys, values and results (Dao et al., 2022).
    /// </summary>
    /// <param name="model">The model, with fused attention.</param>
    /// <param name="onChipBytes">Memory that one thread block can use, above 0.</param>
    /// <param name="bytesPerElement">Of a key, above 0.</param>
    public static LanguageModel WithQueryBlocks(LanguageModel model, double onChipBytes, double bytesPerElement)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model with
        {
            LayerGroups = [.. model.LayerGroups.Select(g => g with
            {
                Operators = [.. g.Operators.Select(o => o.Spec is Attention a
                    ? o with { Spec = a with { QueryBlockRows = Math.Max(1, (int)(onChipBytes / (4.0 * a.HeadDim * bytesPerElement))) } }
                    : o)],
            })],
        };
    }
}
