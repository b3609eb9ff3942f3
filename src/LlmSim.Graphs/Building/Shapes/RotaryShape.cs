namespace LlmSim.Graphs.Building.Shapes;

/// <summary>Rotary position embedding.</summary>
/// <param name="Dimensions">Dimensions of each head that are rotated; even.</param>
/// <param name="Interleaved">Whether neighbours are rotated together (GPT-J, ChatGLM, DeepSeek) rather than the two halves (Llama).</param>
internal sealed record RotaryShape(int Dimensions, bool Interleaved = false);
