namespace LlmSim.Graphs.Rules;

/// <summary>What the survey's tool answers: its rows and its totals (layers × rows + LM head).</summary>
/// <param name="Rows">One row an operator, the LM head last.</param>
/// <param name="PeakOpsPerSecond">The arithmetic peak that the setting's precision allows.</param>
/// <param name="KvCacheBytes">KV cache of the whole batch over all layers.</param>
/// <param name="TemporaryActivationBytes">All activations that one layer stores, added up.</param>
public sealed record LlmViewerResult(
    IReadOnlyList<LlmViewerRow> Rows, double PeakOpsPerSecond, double KvCacheBytes, double TemporaryActivationBytes)
{
    /// <summary>Operations.</summary>
    public double Ops => Rows.Sum(r => r.Count * r.Ops);

    /// <summary>Bytes moved.</summary>
    public double MemoryAccess => Rows.Sum(r => r.Count * r.MemoryAccess);

    /// <summary>Bytes of weights read, LM head included.</summary>
    public double LoadWeight => Rows.Sum(r => r.Count * r.LoadWeight);

    /// <summary>Bytes of activations read.</summary>
    public double LoadActivation => Rows.Sum(r => r.Count * r.LoadActivation);

    /// <summary>Bytes of activations written.</summary>
    public double StoreActivation => Rows.Sum(r => r.Count * r.StoreActivation);

    /// <summary>Bytes read from the KV cache.</summary>
    public double LoadKv => Rows.Sum(r => r.Count * r.LoadKv);

    /// <summary>Bytes written to the KV cache.</summary>
    public double StoreKv => Rows.Sum(r => r.Count * r.StoreKv);

    /// <summary>Time of the pass, operators one after another.</summary>
    public double Seconds => Rows.Sum(r => r.Count * r.Seconds);

    /// <summary>Weights in memory as the tool counts them: the layers only.</summary>
    public double WeightBytes => Rows.Where(r => r.Name != LlmViewerRules.LmHead).Sum(r => r.Count * r.LoadWeight);

    /// <summary>Memory consumption: weights of the layers, KV cache, and temporary activations of one layer.</summary>
    public double MemoryConsumption => WeightBytes + KvCacheBytes + TemporaryActivationBytes;
}
