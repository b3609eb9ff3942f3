namespace LlmSim.Studies.Runs;

/// <summary>How far a run is.</summary>
/// <param name="Taken">Requests that have arrived.</param>
/// <param name="Total">Requests in total; null when a trace does not say.</param>
/// <param name="Fraction">Share of the load that has arrived, from 0 to 1.</param>
/// <param name="SimulatedSeconds">Simulated time.</param>
public readonly record struct RunProgress(long Taken, long? Total, double Fraction, double SimulatedSeconds);
