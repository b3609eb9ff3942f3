using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Clients;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Prefixes;
using LlmSim.Workloads.Sources;
using LlmSim.Workloads.Traces;

namespace LlmSim.Studies.Scenarios;

/// <summary>From the description of a load to the requests themselves.</summary>
public static class WorkloadBuilder
{
    /// <summary>Requests of a synthetic load that does not say how many.</summary>
    public const long DefaultRequests = 1000;

    /// <summary>Builds the load.</summary>
    /// <param name="workload">The description, checked.</param>
    /// <param name="contextTokens">The model's longest context, for <c>overlong</c>; null when it has no limit.</param>
    /// <exception cref="Files.InputException">A trace or a file of lengths is wrong.</exception>
    public static ScenarioLoad Build(WorkloadSection workload, int? contextTokens)
    {
        var streams = new RandomStreams(workload.Seed);
        var load = workload.Trace is null ? Synthetic(workload, streams, contextTokens) : Recorded(workload, streams);
        if (workload.Sampling is { Outputs: > 1 } s) load = load with { Source = new SampledOutputs(load.Source, s.Outputs.Value, s.Share, s.Cv, streams.Stream("outputs").NextUInt64()) };
        var limit = workload.Overlong == "ignore-limit" ? null : contextTokens;
        return load with { Source = limit is null ? load.Source : new OverlongSource(load.Source, limit.Value, workload.Overlong == "truncate") };
    }

    /// <summary>Requests that a load will have in total; a trace that does not say is read through once, holding nothing.</summary>
    /// <param name="workload">The description, checked.</param>
    /// <param name="load">What was built of it.</param>
    /// <exception cref="Files.InputException">The trace is wrong.</exception>
    public static long Count(WorkloadSection workload, ScenarioLoad load)
    {
        if (load.Stream.Count is { } count) return count;
        using var reader = TraceReader.Open(workload.Trace!, Options(workload));
        var (most, rows) = (workload.Requests ?? long.MaxValue, 0L);
        while (rows < most && reader.Read(out _)) rows++;
        return rows;
    }

    private static TraceOptions Options(WorkloadSection workload) =>
        new() { Format = workload.Format, SkipBadRows = workload.SkipBadRows, HashBlockTokens = workload.HashBlockTokens };

    private static ScenarioLoad Recorded(WorkloadSection workload, RandomStreams streams)
    {
        var arrivals = workload.Arrivals is null ? null : Process(workload.Arrivals, streams);
        var rows = new TraceRows(workload.Trace!, Options(workload), workload.TimeScale, arrivals);
        var stream = new RequestStream(rows, limit: workload.Requests ?? long.MaxValue, chained: rows.Chained);
        return new ScenarioLoad(stream, stream, rows.Reader, IsRecorded: arrivals is null);
    }

    private static ScenarioLoad Synthetic(WorkloadSection workload, RandomStreams streams, int? contextTokens)
    {
        var arrivals = workload.Arrivals!;
        var lengths = Lengths(workload.Lengths ?? new LengthsSection { Kind = "clients" }, arrivals, workload, streams);
        var prefixes = workload.Prefixes is { } p ? new SharedPrefixes(p.Groups, p.Tokens!.Value, p.Share, p.Skew, streams.Stream("prefixes")) : null;
        var requests = workload.Requests ?? DefaultRequests;
        RequestStream stream;
        if (arrivals.Kind == "closed-loop")
        {
            var think = new Pause(arrivals.ThinkSeconds, arrivals.ThinkCv, streams.Stream("think"));
            var loop = new ClosedLoop(arrivals.Users!.Value, arrivals.RampSeconds, think, lengths, prefixes);
            stream = new RequestStream(loop, loop, requests) { Count = requests };
        }
        else if (arrivals.Kind == "sessions")
        {
            var plan = new SessionPlan
            {
                MeanTurns = arrivals.Turns,
                ToolShare = arrivals.ToolShare,
                MaxContextTokens = workload.Overlong == "ignore-limit" ? TraceLimit : contextTokens ?? TraceLimit,
            };
            var sessions = new Workloads.Sources.Sessions(
                plan, Process(arrivals, streams), lengths,
                new Pause(arrivals.ThinkSeconds, arrivals.ThinkCv, streams.Stream("think")),
                new Pause(arrivals.ToolSeconds, arrivals.ToolCv, streams.Stream("tools")), prefixes, streams.Stream("turns"));
            stream = new RequestStream(sessions, sessions, requests) { Count = requests };
        }
        else
        {
            stream = new RequestStream(new SyntheticRows(Process(arrivals, streams), lengths, prefixes), limit: requests) { Count = requests };
        }

        return new ScenarioLoad(stream, stream, null, IsRecorded: false);
    }

    // Where the model has no limit of its own: what a trace may ask for.
    private const int TraceLimit = 1 << 24;

    private static IArrivalProcess Process(ArrivalsSection arrivals, RandomStreams streams)
    {
        var chance = streams.Stream("arrivals");
        var rate = arrivals.Rate ?? 0;
        return arrivals.Kind switch
        {
            "all-at-once" => new ConstantArrivals(double.PositiveInfinity),
            "constant" => new ConstantArrivals(rate),
            "gamma" => new GammaArrivals(rate, arrivals.Cv, chance),
            "weibull" => new WeibullArrivals(rate, arrivals.Cv, chance),
            "markov" => new MarkovModulatedArrivals([.. arrivals.States.Select(s => new LoadState(s.Rate!.Value, s.Seconds!.Value))], chance),
            "diurnal" => new DiurnalArrivals(rate, arrivals.Swing, arrivals.PeriodSeconds, arrivals.PeakSeconds, chance),
            "clients" => new MultiClientArrivals([.. Clients(arrivals).Select(c => arrivals.Drift ? c.Behaviour : c.Behaviour with { RateCv = 0 })], rate, streams.Child("clients")),
            "sessions" when arrivals.Cv != 1 => new GammaArrivals(rate, arrivals.Cv, chance),
            _ => new PoissonArrivals(rate, chance),
        };
    }

    private static IReadOnlyList<ClientStatistics> Clients(ArrivalsSection arrivals) => ClientProfile.Named(arrivals.Profile!)!.Clients;

    private static ILengths Lengths(LengthsSection lengths, ArrivalsSection arrivals, WorkloadSection workload, RandomStreams streams)
    {
        var chance = streams.Stream("lengths");
        switch (lengths.Kind)
        {
            case "fixed":
                return new FixedLengths(lengths.Prompt!.Tokens!.Value, lengths.Output!.Tokens!.Value);
            case "uniform":
                return new UniformLengths((lengths.Prompt!.Min, lengths.Prompt.Max!.Value), (lengths.Output!.Min, lengths.Output.Max!.Value), chance);
            case "log-normal":
                return new LogNormalLengths(LogNormal(lengths.Prompt!), LogNormal(lengths.Output!), lengths.Correlation, chance);
            case "file":
                return new EmpiricalLengths(lengths.Path!, new TraceOptions { SkipBadRows = workload.SkipBadRows }, chance);
            case "clients":
                return new ClientLengths([.. Clients(arrivals).Select(c => (c.Prompt, c.Output))], chance);
            default:
                return new JointLengths(NamedLengths.Find(lengths.Kind!)!, chance);
        }
    }

    private static LogNormalLength LogNormal(LengthSection length) => new(length.Mean!.Value, length.Cv, length.Max ?? TraceLimit);
}
