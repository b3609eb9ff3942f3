using LlmSim.Kernel.Chance;
using LlmSim.Kernel.Events;
using LlmSim.Kernel.Time;
using LlmSim.Kernel.Units;

namespace LlmSim.Kernel.Tests.Theory;

/// <summary>The kernel's queue, units and sharing against queueing theory: mean time in the system, in units of the mean service time.</summary>
public class QueueingTests
{
    private const int Jobs = 400_000;
    private const int WarmUp = 20_000;
    private const double ServiceSeconds = 1e-3;

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void M_M_1(double load) => new Estimate(Sojourns(load, servers: 1, exponential: true)).Holds(1 / (1 - load));

    [Theory]
    [InlineData(2, 0.7)]
    [InlineData(5, 0.8)]
    public void M_M_c(int servers, double load)
    {
        // Erlang C: probability to wait, from the recursion of Erlang B.
        var offered = servers * load;
        var blocked = 1.0;
        for (var k = 1; k <= servers; k++) blocked = offered * blocked / (k + offered * blocked);
        var waits = blocked / (1 - load * (1 - blocked));
        new Estimate(Sojourns(load, servers, exponential: true)).Holds(1 + waits / (servers * (1 - load)));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(0.8)]
    public void M_D_1(double load) => new Estimate(Sojourns(load, servers: 1, exponential: false)).Holds(1 + load / (2 * (1 - load)));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Processor_sharing_does_not_see_the_distribution_of_service(bool exponential) =>
        new Estimate(Sojourns(0.7, servers: 0, exponential)).Holds(1 / (1 - 0.7));

    [Fact]
    public void The_same_seed_gives_the_same_run() =>
        Assert.Equal(Sojourns(0.8, 2, true), Sojourns(0.8, 2, true));

    /// <summary>Times in the system after the warm-up, in mean service times, in order of completion.</summary>
    private static List<double> Sojourns(double load, int servers, bool exponential)
    {
        var system = new QueueingSystem(load, servers, exponential);
        system.Run();
        return system.Sojourns;
    }

    private sealed class QueueingSystem : IEventTarget
    {
        private readonly EventLoop _loop = new(Tick.Nanosecond);
        private readonly RandomStream _arrivals, _services;
        private readonly Unit? _unit;
        private readonly SharedUnit? _shared;
        private readonly double _ratePerSecond;
        private readonly bool _exponential;
        private readonly long[] _arrived = new long[Jobs];
        private int _next;

        public QueueingSystem(double load, int servers, bool exponential)
        {
            var streams = new RandomStreams(20261122);
            (_arrivals, _services, _exponential) = (streams.Stream("arrivals"), streams.Stream("services"), exponential);
            _ratePerSecond = load * Math.Max(1, servers) / ServiceSeconds;
            if (servers > 0) _unit = new Unit(_loop, servers, Finished);
            else _shared = new SharedUnit(_loop, job => Finished(job));
        }

        public List<double> Sojourns { get; } = new(Jobs);

        public void Run()
        {
            _loop.At(0, this);
            _loop.Run();
            Assert.Equal(Jobs - WarmUp, Sojourns.Count);
        }

        public void Happen(int kind, long data)
        {
            var job = _next++;
            _arrived[job] = _loop.Now;
            var duration = Tick.Nanosecond.FromSeconds(_exponential ? _services.NextExponential(1 / ServiceSeconds) : ServiceSeconds);
            _unit?.Submit(job, duration);
            _shared?.Submit(job, duration);
            if (_next < Jobs) _loop.At(_loop.Now + Tick.Nanosecond.FromSeconds(_arrivals.NextExponential(_ratePerSecond)), this);
        }

        private void Finished(long job)
        {
            if (job >= WarmUp) Sojourns.Add(Tick.Nanosecond.ToSeconds(_loop.Now - _arrived[job]) / ServiceSeconds);
        }
    }
}
