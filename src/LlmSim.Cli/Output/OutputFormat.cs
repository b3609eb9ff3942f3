namespace LlmSim.Cli.Output;

/// <summary>How a command writes its result (<c>--format</c>).</summary>
internal enum OutputFormat
{
    /// <summary>An aligned table for eyes.</summary>
    Table,

    /// <summary>One JSON document and nothing else.</summary>
    Json,

    /// <summary>Comma-separated values with a header line.</summary>
    Csv,
}
