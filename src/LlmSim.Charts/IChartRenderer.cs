namespace LlmSim.Charts;

/// <summary>Turns a <see cref="Chart"/> into a picture file. The built-in one is <see cref="Svg.SvgRenderer"/>.</summary>
public interface IChartRenderer
{
    /// <summary>File name extension with its dot: ".svg".</summary>
    string Extension { get; }

    /// <summary>Whether it can draw a chart; what it cannot, the built-in renderer draws.</summary>
    /// <param name="chart">The chart.</param>
    bool Draws(Chart chart) => true;

    /// <summary>Writes the picture, replacing a file that is there.</summary>
    /// <param name="chart">What to draw.</param>
    /// <param name="path">Where to.</param>
    void Save(Chart chart, string path);
}
