namespace LlmSim.Graphs.Building;

/// <summary>What a model's configuration comes to.</summary>
/// <param name="Family">Family, in the words of model_type.</param>
/// <param name="Parameters">All parameters; a tied LM head counts once.</param>
/// <param name="ActiveParameters">Parameters that one token uses: of the experts only the chosen ones.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="HiddenSize">Width of the residual stream.</param>
/// <param name="VocabularySize">Tokens of the vocabulary.</param>
/// <param name="KvElementsPerToken">Elements that one token adds to the KV cache over all layers.</param>
/// <param name="MaxContextTokens">Longest context that the model was made for, in tokens.</param>
public sealed record ModelFigures(
    string Family, long Parameters, long ActiveParameters, int Layers, int HiddenSize, int VocabularySize, long KvElementsPerToken,
    int MaxContextTokens);
