namespace LlmSim.Graphs.Building;

/// <summary>Sentences about what a graph leaves out, shared by several families.</summary>
internal static class ModelNotes
{
    public const string NoPrediction = "The layers that predict several tokens ahead (num_nextn_predict_layers) are left out.";

    public const string LanguageOnly = "Only the language model is built; vision and audio parts of the configuration are left out.";
}
