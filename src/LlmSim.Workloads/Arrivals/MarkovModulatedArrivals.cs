using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Arrivals;

/// <summary>One state of a Markov-modulated process.</summary>
/// <param name="RatePerSecond">Requests per second while it lasts, at least 0.</param>
/// <param name="MeanSeconds">How long it lasts on average (exponential), above 0.</param>
public readonly record struct LoadState(double RatePerSecond, double MeanSeconds);

/// <summary>
/// A Poisson process whose rate changes with a hidden state: calm and busy spells. States follow one another in the order given, the last one
/// by the first. Mean rate: Σ rate·seconds / Σ seconds.
/// </summary>
/// <param name="states">At least one state, of which one has a rate above 0.</param>
/// <param name="chance">Where gaps and spells come from.</param>
public sealed class MarkovModulatedArrivals(IReadOnlyList<LoadState> states, RandomStream chance) : IArrivalProcess
{
    private double _now;
    private int _state = -1;
    private double _stateEnds;

    /// <inheritdoc/>
    public Arrival Next()
    {
        while (true)
        {
            if (_state >= 0 && states[_state].RatePerSecond > 0)
            {
                // Exponential gaps forget: what is left over when the state ends is drawn anew in the next one.
                var next = _now + chance.NextExponential(states[_state].RatePerSecond);
                if (next < _stateEnds) return new Arrival(_now = next);
            }

            _now = _stateEnds;
            _state = (_state + 1) % states.Count;
            _stateEnds = _now + chance.NextExponential(1 / states[_state].MeanSeconds);
        }
    }
}
