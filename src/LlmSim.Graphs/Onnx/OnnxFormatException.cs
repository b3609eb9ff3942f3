namespace LlmSim.Graphs.Onnx;

/// <summary>The bytes are not an ONNX model. Never leaves <see cref="OnnxReader"/>, which reports it as an input error.</summary>
internal sealed class OnnxFormatException(string member, string problem) : Exception(problem)
{
    /// <summary>The part of the model that was being read; empty for the file as a whole.</summary>
    public string Member { get; } = member;
}
