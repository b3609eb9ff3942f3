namespace LlmSim.Charts;

/// <summary>
/// A chart described as data: it says what is shown, a renderer says how. It answers one question, and its title says which.
/// To add a kind of chart: one builder file in <c>Set/</c> that returns one of these.
/// </summary>
public sealed record Chart
{
    /// <summary>The question or the finding: "p99 TTFT leaves the SLO at about 5.8 requests/s".</summary>
    public required string Title { get; init; }

    /// <summary>Model, machine, policy, workload.</summary>
    public string Subtitle { get; init; } = "";

    /// <summary>Time model and its stated error, seed, version.</summary>
    public string Footnote { get; init; } = "";

    /// <summary>What a person who cannot see the picture should be told; the title and subtitle where empty.</summary>
    public string Description { get; init; } = "";

    /// <summary>The panels in reading order, filled row by row.</summary>
    public required IReadOnlyList<Panel> Panels { get; init; }

    /// <summary>Panels beside each other, at least 1.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>Panels above each other have one x axis: one range, tick labels under the lowest only.</summary>
    public bool ShareX { get; init; }

    /// <summary>Panels beside each other have one y axis: one range, tick labels at the first only.</summary>
    public bool ShareY { get; init; }

    /// <summary>What colours, dashes or markers mean where direct labels cannot say it. More than five labelled lines add themselves.</summary>
    public IReadOnlyList<KeyEntry> Key { get; init; } = [];

    /// <summary>Width of the canvas in pixels.</summary>
    public int Width { get; init; } = 1200;

    /// <summary>Height of the canvas in pixels.</summary>
    public int Height { get; init; } = 800;
}
