namespace LlmSim.Graphs.Building.Writing;

/// <summary>Names that exporters agree on.</summary>
internal static class Dimensions
{
    public const string Batch = "batch_size";
    public const string Sequence = "sequence_length";
    public const string Past = "past_sequence_length";
    public const string Total = "total_sequence_length";
}
