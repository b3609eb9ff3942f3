using LlmSim.Serving.Results;

namespace LlmSim.Serving.Tests;

/// <summary>Keeps everything a simulation says.</summary>
internal sealed class Recorder(bool iterations = true) : IServingObserver
{
    public bool WantsIterations => iterations;

    public List<RequestRecord> Requests { get; } = [];

    public List<IterationRecord> Iterations { get; } = [];

    public void RequestEnded(in RequestRecord record) => Requests.Add(record);

    public void IterationsEnded(in IterationRecord record) => Iterations.Add(record);
}
