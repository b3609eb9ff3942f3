namespace LlmSim.Graphs.Building;

/// <summary>Keys of metadata_props that the builder writes into a graph, so that whoever imports it knows what the operators do not say.</summary>
public static class ModelMetadata
{
    /// <summary>Family of the model: "llama", "deepseek_v3".</summary>
    public const string Family = "llmsim.family";

    /// <summary>Longest context that the model was made for, in tokens.</summary>
    public const string MaxContextTokens = "llmsim.max_context_tokens";

    /// <summary>Where the configuration comes from.</summary>
    public const string Source = "llmsim.config_source";

    /// <summary>What the graph leaves out or approximates; one entry a sentence, numbered from 1: "llmsim.note.1".</summary>
    public const string NotePrefix = "llmsim.note.";
}
