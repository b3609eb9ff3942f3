using LlmSim.Execution.StepCosts;

namespace LlmSim.Serving.Settings;

/// <summary>One replica of a cluster: an engine and the machine under it. Replicas may differ in both.</summary>
/// <param name="Engine">How it batches.</param>
/// <param name="Cost">How long its iterations take.</param>
public sealed record ReplicaSettings(EngineSettings Engine, IStepCost Cost);
