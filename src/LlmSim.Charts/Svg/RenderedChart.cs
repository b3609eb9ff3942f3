using LlmSim.Charts.Layout;

namespace LlmSim.Charts.Svg;

/// <summary>A chart as SVG text, with what its layout came to.</summary>
/// <param name="Svg">A whole SVG document, which may also stand inside an HTML page.</param>
/// <param name="Layout">Every text's place, what was dropped, and the values at their places.</param>
public sealed record RenderedChart(string Svg, LayoutReport Layout);
