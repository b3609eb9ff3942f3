namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// LLMServingSim's dense.csv and per_sequence.csv: microseconds of layers by name, by tokens or sequences, measured in 16 bits inside vLLM. The sizes are those of the model that the
/// table is used for, which is therefore taken to be the profiled one; layers that are no products are left out.
/// </summary>
internal sealed class LlmServingSimLayers : ITableFormat
{
    /// <inheritdoc/>
    public string Name => "LLMServingSim dense.csv or per_sequence.csv (layer, tokens or sequences, time_us)";

    /// <inheritdoc/>
    public bool Knows(TableFile file) => file.Has("layer") && file.Has("time_us");

    /// <inheritdoc/>
    public void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add)
    {
        int name = file.Need("layer"), size = file.Need("tokens", "sequences"), time = file.Need("time_us");
        if (file.IsWrong) return;
        while (file.Next())
        {
            if (!file.Size(size, out var m) | !file.Seconds(time, 1e-6, out var seconds)) continue;
            var layer = file.Text(name).ToString();
            if (part.Layer(layer) is not { } widths) continue;
            add(new MeasuredPoint(MeasuredShape.Gemm(MeasuredFormats.Bf16, m, widths.Outputs, widths.Inputs), seconds));
            // What vLLM packs into one product and the model's graph does not takes its share of it.
            foreach (var (outputs, inputs) in part.PartsOf(layer))
                add(new MeasuredPoint(MeasuredShape.Gemm(MeasuredFormats.Bf16, m, outputs, inputs), seconds * outputs / widths.Outputs));
        }
    }
}
