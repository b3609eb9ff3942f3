namespace LlmSim.Studies.Metrics;

/// <summary>What replicas hold together at one moment.</summary>
/// <param name="Running">Admitted and unfinished sequences.</param>
/// <param name="Waiting">Waiting requests.</param>
/// <param name="KvTokens">Tokens that the KV blocks in use have room for: blocks of several sizes add up in them.</param>
internal readonly record struct Held(long Running, long Waiting, long KvTokens)
{
    /// <summary>The larger of each.</summary>
    public Held Most(Held other) => new(Math.Max(Running, other.Running), Math.Max(Waiting, other.Waiting), Math.Max(KvTokens, other.KvTokens));

    /// <summary>What comes with one span instead of another.</summary>
    public Held Instead(Held before, Held now) =>
        new(Running + now.Running - before.Running, Waiting + now.Waiting - before.Waiting, KvTokens + now.KvTokens - before.KvTokens);

    /// <summary>What a span holds.</summary>
    public static Held Of(in IterationSpan span, int blockTokens) => new(span.MaxRunning, span.MaxWaiting, span.MaxKvBlocks * blockTokens);
}

/// <summary>
/// What several replicas did over time, taken together. A span stands with its highest values; between its iterations a replica holds nothing (what it
/// keeps then for a transfer of keys and values is not seen by iterations).
/// </summary>
internal static class ReplicasOverTime
{
    /// <summary>Sums over the replicas from each moment until the next; where there are too many moments neighbours are merged, and the highest values stand.</summary>
    /// <param name="replicas">The iterations of each.</param>
    /// <param name="blockTokens">Tokens of a KV block of each.</param>
    /// <param name="mostPoints">Moments at most, at least 1.</param>
    public static (double[] Seconds, Held[] Sums) Sums(IReadOnlyList<IReadOnlyList<IterationSpan>> replicas, IReadOnlyList<int> blockTokens, int mostPoints)
    {
        var edges = new List<Edge>(2 * replicas.Sum(r => r.Count));
        for (var r = 0; r < replicas.Count; r++)
        {
            for (var i = 0; i < replicas[r].Count; i++)
            {
                edges.Add(new Edge(replicas[r][i].StartNanoseconds, r, i));
                edges.Add(new Edge(replicas[r][i].EndNanoseconds, r, -1));
            }
        }

        // Of what happens at one moment ends come first, so that a replica whose next iteration begins is not idle in between.
        edges.Sort(static (a, b) => a.At != b.At ? a.At.CompareTo(b.At) : a.Replica != b.Replica ? a.Replica.CompareTo(b.Replica) : a.Span.CompareTo(b.Span));
        var now = new Held[replicas.Count];
        var open = new int[replicas.Count];
        var sum = default(Held);
        var (moments, sums) = (new List<long>(), new List<Held>());
        for (var e = 0; e < edges.Count; e++)
        {
            var (at, replica, span) = edges[e];
            // Batches in flight overlap; each tells of the whole replica, and the last one that began knows best.
            open[replica] += span < 0 ? -1 : 1;
            var next = span >= 0 ? Held.Of(replicas[replica][span], blockTokens[replica]) : open[replica] == 0 ? default : now[replica];
            (sum, now[replica]) = (sum.Instead(now[replica], next), next);
            if (e + 1 < edges.Count && edges[e + 1].At == at) continue;
            moments.Add(at);
            sums.Add(sum);
        }

        return Thinned(moments, sums, mostPoints);
    }

    /// <summary>An amount per second, in equal stretches of the run, for each replica alone; what a span holds is spread over it evenly.</summary>
    /// <param name="replicas">The iterations of each.</param>
    /// <param name="from">Start of the first stretch in nanoseconds.</param>
    /// <param name="to">End of the last one.</param>
    /// <param name="stretches">Stretches at most.</param>
    /// <param name="amount">The amount of a span.</param>
    public static (double[] Seconds, double[][] PerSecond) Rates(
        IReadOnlyList<IReadOnlyList<IterationSpan>> replicas, long from, long to, int stretches, Func<IterationSpan, double> amount)
    {
        var stretch = Math.Max(1, (to - from + stretches - 1) / stretches);
        var count = (int)Math.Max(0, (to - from + stretch - 1) / stretch);
        var rates = new double[replicas.Count][];
        for (var r = 0; r < rates.Length; r++)
        {
            rates[r] = new double[count];
            foreach (var span in replicas[r])
            {
                var perSecond = amount(span) / Math.Max(1, span.EndNanoseconds - span.StartNanoseconds) * 1e9;
                for (var i = (span.StartNanoseconds - from) / stretch; i < count && from + i * stretch < span.EndNanoseconds; i++)
                    rates[r][i] += perSecond * (Math.Min(span.EndNanoseconds, from + (i + 1) * stretch) - Math.Max(span.StartNanoseconds, from + i * stretch)) / stretch;
            }
        }

        return ([.. Enumerable.Range(0, count).Select(i => (from + i * stretch) / 1e9)], rates);
    }

    private static (double[] Seconds, Held[] Sums) Thinned(List<long> moments, List<Held> sums, int mostPoints)
    {
        var every = (moments.Count + mostPoints - 1) / mostPoints;
        var (seconds, highest) = (new List<double>(), new List<Held>());
        for (var i = 0; i < moments.Count; i += every)
        {
            var most = sums[i];
            for (var k = i + 1; k < Math.Min(i + every, moments.Count); k++) most = most.Most(sums[k]);
            seconds.Add(moments[i] / 1e9);
            highest.Add(most);
        }

        return ([.. seconds], [.. highest]);
    }

    /// <summary>The start of a replica's span, or (−1) the end of one.</summary>
    private readonly record struct Edge(long At, int Replica, int Span);
}
