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
    private readonly Engine[] _entrances;
    private readonly IRequestSource _source;
    private readonly IServingObserver? _observer;
    private readonly IRouter _router;
    private readonly Stack<Sequence> _spare = new();
    private readonly List<Engine> _candidates = [];
    private readonly bool[] _touched;
    private readonly KvTransfers? _transfers;
    private readonly Engine[] _decoders;
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
        _touched = new bool[_engines.Length];
        _entrances = [.. _engines.Where(engine => engine.Configuration.Role != ReplicaRole.Decode)];
        _decoders = [.. _engines.Where(engine => engine.Configuration.Role != ReplicaRole.Prefill)];
        if (prefills > 0) _transfers = new KvTransfers(settings.KvLink!, _engines, _decoders);
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
            for (var i = 0; i < _engines.Length; i++)
            {
                if (!_touched[i]) continue;
                _touched[i] = false;
                _engines[i].Schedule(time);
            }
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
        var time = Math.Min(arrival, _transfers?.NextEnd ?? long.MaxValue);
        foreach (var engine in _engines) time = Math.Min(time, engine.End);
        return time;
    }

    /// <summary>Lets the engine whose turn it is repeat its iteration while nothing else happens; whether that moved it beyond <paramref name="time"/>.</summary>
    private bool Repeat(long time, long bound)
    {
        Engine? earliest = null;
        if (_transfers is not null) bound = Math.Min(bound, _transfers.NextEnd);
        foreach (var engine in _engines)
        {
            if (engine.End == time && earliest is null) earliest = engine;
            else bound = Math.Min(bound, engine.End);
        }

        if (earliest is null) return false;
        earliest.Repeat(bound);
        return earliest.End > time;
    }

    private void EndIterations()
    {
        for (var i = 0; i < _engines.Length; i++)
        {
            if (_engines[i].End != NowNanoseconds) continue;
            _engines[i].Finish();
            _touched[i] = true;
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
            _candidates.Clear();
            foreach (var engine in _entrances)
                if (engine.CanEverHold(sequence) && CanBeDecoded(engine, sequence)) _candidates.Add(engine);
            if (_candidates.Count == 0)
            {
                Rejected++;
                Leave(_engines[0], sequence, RequestStatus.Rejected);
                continue;
            }

            var chosen = _router.Route(request, _candidates);
            chosen.Enqueue(sequence);
            _touched[chosen.Replica] = true;
        }
    }

    /// <summary>Whether a replica that only prefills finds another that can decode the request.</summary>
    private bool CanBeDecoded(Engine engine, Sequence sequence)
    {
        if (engine.Configuration.Role != ReplicaRole.Prefill) return true;
        foreach (var decoder in _decoders)
            if (decoder.CanEverHold(sequence)) return true;
        return false;
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
    }
}
