using LlmSim.Kernel.Chance;

namespace LlmSim.Workloads.Arrivals;

/// <summary>
/// Several clients at once, each with its own share, burstiness and drift, as ServeGen (arXiv 2505.09999) describes production load: within a
/// window a client is a gamma or Weibull renewal process, and its rate is drawn anew for each window from a gamma distribution.
/// </summary>
public sealed class MultiClientArrivals : IArrivalProcess
{
    /// <summary>Windows over which ServeGen reports rates.</summary>
    public const double WindowSeconds = 600;

    // Over so many windows (a month) a client's rates even out to their mean.
    private const int ManyWindows = 4096;

    private readonly Client[] _clients;

    /// <summary>A process.</summary>
    /// <param name="clients">At least one client.</param>
    /// <param name="ratePerSecond">Mean requests per second of all clients together, above 0.</param>
    /// <param name="streams">Where chance comes from; every client has its own stream.</param>
    public MultiClientArrivals(IReadOnlyList<ClientBehaviour> clients, double ratePerSecond, RandomStreams streams)
    {
        var total = clients.Sum(c => c.Share);
        _clients = clients.Select((c, i) =>
            new Client(c, ratePerSecond * c.Share / total, streams.Stream(FormattableString.Invariant($"client {i}")))).ToArray();
    }

    /// <inheritdoc/>
    public Arrival Next()
    {
        var first = 0;
        for (var i = 1; i < _clients.Length; i++)
            if (_clients[i].NextSeconds < _clients[first].NextSeconds) first = i;
        var seconds = _clients[first].NextSeconds;
        _clients[first].Advance();
        return new Arrival(seconds, first);
    }

    private sealed class Client
    {
        private readonly ClientBehaviour _behaviour;
        private readonly double _meanRate;
        private readonly RandomStream _chance;
        private readonly double _shape;
        private double _rate;
        private double _window;

        public Client(ClientBehaviour behaviour, double meanRate, RandomStream chance)
        {
            _behaviour = behaviour;
            _meanRate = meanRate;
            _chance = chance;
            _shape = behaviour.Weibull ? WeibullArrivals.ShapeOf(behaviour.Cv) : 1 / (behaviour.Cv * behaviour.Cv);
            _meanGap = behaviour.Weibull ? Math.Exp(MathNet.Numerics.SpecialFunctions.GammaLn(1 + 1 / _shape)) : _shape;
            DrawRate();
            Advance();
        }

        private readonly double _meanGap;

        public double NextSeconds { get; private set; }

        /// <summary>
        /// Gaps are drawn in a time that runs at the window's rate, so that a gap which crosses a window's end goes on at the next one's rate.
        /// </summary>
        public void Advance()
        {
            var left = (_behaviour.Weibull ? Math.Pow(-Math.Log(_chance.NextOpenDouble()), 1 / _shape) : _chance.NextGamma(_shape)) / _meanGap;
            var now = NextSeconds;
            if (left > ManyWindows * WindowSeconds * _meanRate)
            {
                NextSeconds = now + left / _meanRate;
                _window = Math.Floor(NextSeconds / WindowSeconds) * WindowSeconds;
                DrawRate();
                return;
            }

            while (true)
            {
                var seconds = left / _rate;
                if (now + seconds <= _window + WindowSeconds)
                {
                    NextSeconds = now + seconds;
                    return;
                }

                left -= (_window + WindowSeconds - now) * _rate;
                now = _window += WindowSeconds;
                if (now > Arrival.LastSeconds)
                {
                    NextSeconds = double.PositiveInfinity;
                    return;
                }

                DrawRate();
            }
        }

        private void DrawRate()
        {
            var cv = _behaviour.RateCv;
            var shape = cv > 0 ? 1 / (cv * cv) : 0;
            _rate = cv > 0 ? Math.Max(_meanRate * 1e-6, _meanRate * _chance.NextGamma(shape) / shape) : _meanRate;
        }
    }
}
