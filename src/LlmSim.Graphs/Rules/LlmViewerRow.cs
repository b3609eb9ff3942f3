namespace LlmSim.Graphs.Rules;

/// <summary>One row of the tool's table: one operator of one layer, or the LM head.</summary>
/// <param name="Name">The tool's word: "q_proj", "out_proj", "qk_matmul", "lm_head".</param>
/// <param name="Count">How often the row occurs in the model: layers, or 1.</param>
/// <param name="Ops">Operations.</param>
/// <param name="LoadWeight">Bytes of weights read.</param>
/// <param name="LoadActivation">Bytes of activations read.</param>
/// <param name="StoreActivation">Bytes of activations written.</param>
/// <param name="LoadKv">Bytes read from the KV cache.</param>
/// <param name="StoreKv">Bytes written to the KV cache.</param>
/// <param name="Seconds">max(operations / peak, bytes / bandwidth).</param>
/// <param name="OpsPerSecond">The performance that the roofline allows: min(peak, intensity · bandwidth).</param>
/// <param name="ComputeBound">Whether the intensity reaches the ridge point.</param>
public readonly record struct LlmViewerRow(
    string Name, int Count, double Ops, double LoadWeight, double LoadActivation, double StoreActivation, double LoadKv, double StoreKv,
    double Seconds, double OpsPerSecond, bool ComputeBound)
{
    /// <summary>All bytes moved.</summary>
    public double MemoryAccess => LoadWeight + LoadActivation + StoreActivation + LoadKv + StoreKv;

    /// <summary>Operations per byte.</summary>
    public double ArithmeticIntensity => Ops / MemoryAccess;
}
