using LlmSim.Files;
using LlmSim.Kernel.Chance;
using LlmSim.Serving.Engines;
using LlmSim.Serving.Results;
using LlmSim.Serving.Routers;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Clusters;

/// <summary>
/// A serving simulation: replicas behind a router, fed by a source of requests. At one instant iterations end first, then requests
/// arrive, then idle engines schedule. It can be run to its end, or advanced piece by piece while arrivals become known; both give the same.
/// </summary>
public sealed class Simulation
{
    private readonly Engine[] _engines;
    private readonly Entrances _entrances;
    private readonly LeastOf _ends;
    private readonly IRequestSource _source;
    private readonly IServingObserver? _observer;
    private readonly IRouter _router;
    private readonly Stack<Sequence> _spare = new();
    private readonly Touched _touched;
    private readonly KvTransfers? _transfers;
    private bool _ended;

    /// <summary>Builds the cluster; nothing happens yet.</summary>
    /// <param name="settings">Replicas and router.</param>
    /// <param name="source">Where requests come from.</param>
    /// <param name="observer">Who is told what becomes of them; null for nobody.</param>
    /// <exception cref="InputException">Settings are wrong; all errors at once.</exception>
    public Simulation(ClusterSettings settings, IRequestSource source, IServingObserver? observer = null)
    {
        var errors = new InputErrors();
        var router = RoutingPolicies.Find(settings.Router);
        if (router is null)
            errors.Add(settings.File, 0, "router", $"there is no router \"{settings.Router}\"", "use one of " + string.Join(", ", RoutingPolicies.Names));
        if (settings.Replicas.Count == 0) errors.Add(settings.File, 0, "replicas", "there is none", "give at least one");
        var configurations = settings.Replicas.Select((replica, i) => EngineConfiguration.Resolve(replica.Engine, settings.File, settings.MemberOfReplica(i), errors)).ToList();
        var (prefills, decodes) = ClusterCheck.Roles(settings);
        ClusterCheck.Check(settings, prefills, decodes, errors);
        errors.ThrowIfAny();
        var streams = new RandomStreams(settings.Seed);
        var owner = new Owner(this);
        _engines = [.. configurations.Select((configuration, i) => new Engine(i, configuration!, settings.Replicas[i].Cost, TokenGaps, settings.Seed, owner, observer))];
        _router = router!.Create(streams.Stream("router"));
        _source = source;
        _observer = observer;
        _touched = new Touched(_engines.Length);
        _ends = new LeastOf(_engines.Length, long.MaxValue);
        Engine[] decoders = [.. _engines.Where(engine => engine.Configuration.Role != ReplicaRole.Prefill)];
        _entrances = new Entrances(_engines, settings, decoders);
        if (prefills > 0) _transfers = new KvTransfers(settings.KvLink!, _engines, decoders);
    }

    /// <summary>How far simulated time has come, in nanoseconds.</summary>
    public long NowNanoseconds { get; private set; }

    /// <summary>Times between consecutive tokens, over all requests.</summary>
    public TokenGaps TokenGaps { get; } = new();

    /// <summary>Requests that finished.</summary>
    public long Finished { get; private set; }

    /// <summary>Requests that were rejected because no replica can ever hold them.</summary>
    public long Rejected { get; private set; }

    /// <summary>Requests that were taken from the source and have not ended.</summary>
    public long Outstanding { get; private set; }

    /// <summary>Number of replicas.</summary>
    public int Replicas => _engines.Length;

    /// <summary>What a replica did so far.</summary>
    public ReplicaTotals Totals(int replica)
    {
        _engines[replica].CopyKvTotals();
        return _engines[replica].Totals;
    }

    /// <summary>What a replica holds at this moment.</summary>
    public ReplicaLoad Load(int replica)
    {
        var engine = _engines[replica];
        return new ReplicaLoad(engine.RunningCount, engine.WaitingCount, engine.Swapped.List.Count, engine.Kv.Used, engine.Kv.Total);
    }

    /// <summary>Runs until nothing is left to do, and reports what could not be finished.</summary>
    public void Run()
    {
        AdvanceTo(long.MaxValue);
        End();
    }

    /// <summary>
    /// Handles everything that happens before a moment. What happens at that very moment is left, so that requests may still arrive then.
    /// </summary>
    /// <param name="nanoseconds">The moment; one in the past changes nothing, <see cref="long.MaxValue"/> runs until nothing is left to do.</param>
    public void AdvanceTo(long nanoseconds)
    {
        while (Next(out var arrival) is var time && time < nanoseconds)
        {
            if (Repeat(time, Math.Min(arrival, nanoseconds))) continue;
            NowNanoseconds = time;
            EndIterations();
            _transfers?.Update(time, _touched);
            Arrivals();
            foreach (var replica in _touched.InOrder())
            {
                _engines[replica].Schedule(time);
                _ends.Set(replica, _engines[replica].End);
            }

            _touched.Clear();
        }

        if (nanoseconds != long.MaxValue) NowNanoseconds = Math.Max(NowNanoseconds, nanoseconds);
    }

    /// <summary>Ends the simulation where it stands: open records are handed out, and requests still inside are reported as unfinished.</summary>
    public void End()
    {
        if (_ended) return;
        _ended = true;
        foreach (var engine in _engines)
        {
            engine.Close();
            foreach (var sequence in engine.All()) Report(engine, sequence, RequestStatus.Unfinished, -1);
        }

        foreach (var (engine, sequence) in _transfers?.All() ?? []) Report(engine, sequence, RequestStatus.Unfinished, -1);
    }

    /// <summary>The earliest thing to happen; <see cref="long.MaxValue"/> when nothing will.</summary>
    private long Next(out long arrival)
    {
        arrival = _source.Peek() is { } request ? Math.Max(NowNanoseconds, request.ArrivalNanoseconds) : long.MaxValue;
        return Math.Min(Math.Min(arrival, _transfers?.NextEnd ?? long.MaxValue), _ends.Key);
    }

    /// <summary>Lets the engine whose turn it is repeat its iteration while nothing else happens; whether that moved it beyond <paramref name="time"/>.</summary>
    private bool Repeat(long time, long bound)
    {
        if (_ends.Key != time) return false;
        if (_transfers is not null) bound = Math.Min(bound, _transfers.NextEnd);
        var earliest = _engines[_ends.First];
        earliest.Repeat(Math.Min(bound, _ends.NextKey));
        _ends.Set(earliest.Replica, earliest.End);
        return earliest.End > time;
    }

    private void EndIterations()
    {
        while (_ends.Key == NowNanoseconds)
        {
            var replica = _ends.First;
            _engines[replica].Finish();
            _ends.Set(replica, _engines[replica].End);
            _touched.Mark(replica);
        }
    }

    private void Arrivals()
    {
        while (_source.Peek() is { } next && next.ArrivalNanoseconds <= NowNanoseconds)
        {
            var request = _source.Take();
            var sequence = _spare.Count > 0 ? _spare.Pop() : new Sequence();
            sequence.Reset(request);
            Outstanding++;
            var candidates = _entrances.For(sequence);
            if (candidates.Count == 0)
            {
                Rejected++;
                Leave(_engines[0], sequence, RequestStatus.Rejected);
                continue;
            }

            var chosen = _router.Route(request, candidates);
            chosen.Enqueue(sequence);
            _touched.Mark(chosen.Replica);
        }
    }

    private void Leave(Engine engine, Sequence sequence, RequestStatus status)
    {
        Outstanding--;
        Report(engine, sequence, status, NowNanoseconds);
        _source.Completed(sequence.Request, NowNanoseconds);
        if (sequence.Prompt is null) _spare.Push(sequence);
    }

    private void Report(Engine engine, Sequence sequence, RequestStatus status, long finish)
    {
        var (preemptions, recomputed, first) = (sequence.Preemptions, sequence.RecomputedTokens, sequence);
        if (sequence.Prompt is { } prompt)
        {
            if (prompt.IsReported) return;
            prompt.IsReported = true;
            first = prompt.Sequences[0];
            preemptions = prompt.Sequences.Sum(s => s.Preemptions);
            recomputed = prompt.Sequences.Sum(s => s.RecomputedTokens);
        }

        _observer?.RequestEnded(new RequestRecord(
            sequence.Request, engine.Replica, status, sequence.FirstScheduled, sequence.FirstToken, finish, preemptions, first.CachedTokens, recomputed));
    }

    private sealed class Owner(Simulation simulation) : IEngineOwner
    {
        public void Finished(Engine engine, Sequence sequence)
        {
            simulation.Finished++;
            simulation.Leave(engine, sequence, RequestStatus.Finished);
        }

        public void Prefilled(Engine engine, Sequence sequence) => simulation._transfers!.Add(engine, sequence, engine.LastDuration, simulation.NowNanoseconds);

        public void LoadChanged(Engine engine) => simulation._router.LoadChanged(engine);
    }
}
