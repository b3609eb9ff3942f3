namespace LlmSim.Graphs.Rules;

/// <summary>What the survey's tool knows of a device; its own figures, which differ from datasheets.</summary>
/// <param name="BandwidthBytesPerSecond">Memory bandwidth, greater than 0.</param>
/// <param name="Fp16OpsPerSecond">Peak of 16-bit arithmetic, greater than 0.</param>
/// <param name="Int8OpsPerSecond">Peak of 8-bit arithmetic; null where the tool has none, then 16-bit arithmetic is used.</param>
/// <param name="OnChipBufferBytes">On-chip buffer that a fused attention kernel may fill.</param>
public readonly record struct LlmViewerDevice(
    double BandwidthBytesPerSecond, double Fp16OpsPerSecond, double? Int8OpsPerSecond, double OnChipBufferBytes);
