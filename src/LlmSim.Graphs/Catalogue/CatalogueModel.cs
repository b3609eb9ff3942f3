using LlmSim.Graphs.Building;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Catalogue;

/// <summary>A model in the catalogue, as its configuration describes it.</summary>
/// <param name="Name">Its name: "llama-2-7b".</param>
/// <param name="Aliases">Other names it is found by: the last part of Hugging Face ids.</param>
/// <param name="Source">Where the configuration comes from.</param>
/// <param name="Figures">Parameters, layers, context and so on.</param>
/// <param name="ConfigPath">The configuration file.</param>
/// <param name="GraphPath">The graph built from it; null where none is shipped, since it can be built in memory.</param>
public sealed record CatalogueModel(
    string Name, IReadOnlyList<string> Aliases, string Source, ModelFigures Figures, string ConfigPath, string? GraphPath)
{
    /// <summary>Bytes that one token adds to the KV cache over all layers.</summary>
    /// <param name="format">Storage of keys and values.</param>
    public double KvBytesPerToken(NumberFormat format = NumberFormat.Fp16) => Figures.KvElementsPerToken * format.Bytes();
}
