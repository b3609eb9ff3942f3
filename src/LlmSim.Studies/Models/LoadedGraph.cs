using LlmSim.Graphs.Catalogue;
using LlmSim.Graphs.Import;

namespace LlmSim.Studies.Models;

/// <summary>An imported graph and where it came from.</summary>
/// <param name="Source">Name, file and raw model.</param>
/// <param name="Graph">The imported graph.</param>
public sealed record LoadedGraph(ModelSource Source, Graph Graph);
