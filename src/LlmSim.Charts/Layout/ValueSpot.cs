namespace LlmSim.Charts.Layout;

/// <summary>A place in the picture and the value that stands there.</summary>
/// <param name="X">Pixels from the left.</param>
/// <param name="Y">Pixels from the top.</param>
/// <param name="Text">"p99: 1.2 s at 5.8 requests/s".</param>
public readonly record struct ValueSpot(double X, double Y, string Text);
