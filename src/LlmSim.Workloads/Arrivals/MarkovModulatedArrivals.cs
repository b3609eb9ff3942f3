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
    // After so many spells without an arrival the empty ones are drawn all at once.
    private const int MostSpells = 4096;

    // Minus the logarithm of the chance that a round of all states passes without an arrival; a state's own is 1 / (1 + rate · seconds).
    private readonly double _logEmpty = states.Sum(s => Log1p(s.RatePerSecond * s.MeanSeconds));
    private double _now;
    private int _state = -1;
    private double _stateEnds;

    /// <inheritdoc/>
    public Arrival Next()
    {
        for (var spells = 0; spells < MostSpells || _state != states.Count - 1; spells++)
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

        return Skip();
    }

    /// <summary>
    /// From the end of the last state over all rounds in which nothing arrives, to the next arrival: the same distribution as spell by spell. The
    /// number of empty rounds is geometric; a spell known to be empty, or to end by an arrival, lasts 1 / (rate + 1/seconds) on average.
    /// </summary>
    private Arrival Skip()
    {
        _now = _stateEnds;
        var rounds = Math.Floor(-Math.Log(chance.NextOpenDouble()) / _logEmpty);
        if (!(rounds * states.Min(s => s.MeanSeconds / (1 + s.RatePerSecond * s.MeanSeconds)) < Arrival.LastSeconds)) return new Arrival(double.PositiveInfinity);
        foreach (var state in states)
            if (rounds > 0) _now += chance.NextGamma(rounds) * Brief(state);

        // In the round that is not empty: the state in which the first arrival falls, by the chance that those before it are empty.
        var drawn = chance.NextDouble() * -ExpM1(-_logEmpty);
        var passed = 0.0;
        for (_state = 0; ; _state++)
        {
            _now += chance.NextExponential(1) * Brief(states[_state]);
            passed += Log1p(states[_state].RatePerSecond * states[_state].MeanSeconds);
            if (_state == states.Count - 1 || drawn < -ExpM1(-passed)) break;
        }

        _stateEnds = _now + chance.NextExponential(1 / states[_state].MeanSeconds);
        return new Arrival(_now);
    }

    private static double Brief(LoadState state) => state.MeanSeconds / (1 + state.RatePerSecond * state.MeanSeconds);

    // log(1 + x) and exp(x) − 1 that keep their digits for small x.
    private static double Log1p(double x) => x < 1e-5 ? x - x * x / 2 : Math.Log(1 + x);

    private static double ExpM1(double x) => Math.Abs(x) < 1e-5 ? x + x * x / 2 : Math.Exp(x) - 1;
}
