using System.Collections.Concurrent;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Sweeps;

/// <summary>
/// Summaries as a study's store keeps them: short, and read fifty times faster than JSON, since a study of ten thousand points goes on at once or not at all.
/// Only this program's own build reads them again (the store sees to it), so they have no version and no names.
/// </summary>
internal static class SummaryBytes
{
    private static readonly Summary s_blank = new()
    {
        Requests = new RequestCounts(0, 0, 0),
        Ttft = default,
        Tpot = default,
        Itl = default,
        E2e = default,
        Queueing = default,
        NormalizedLatency = default,
        Throughput = new ThroughputFigures(0, 0, 0, 0, 0),
        Goodput = 0,
        GoodputShare = 0,
        KvCache = new KvCacheFigures(0, 0, 0, 0, 0, 0, 0, 0, 0),
        Utilization = new UtilizationFigures(0, 0, 0, 0, 0),
        Iterations = 0,
        SimulatedSeconds = 0,
        WarmUpRequests = 0,
        Saturated = false,
        Bottleneck = "",
        TimeModel = new TimeModelFigures("", ""),
    };

    /// <summary>The bytes of a summary.</summary>
    public static byte[] Write(Summary summary)
    {
        using var stream = new MemoryStream(2048);
        using var writer = new BinaryWriter(stream);
        Pass(summary, new Writing(writer));
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>The summary of these bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="texts">Texts read before: thousands of points say the same sentences.</param>
    /// <exception cref="EndOfStreamException">They are cut off.</exception>
    public static Summary Read(ArraySegment<byte> bytes, ConcurrentDictionary<string, string> texts)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count));
        return Pass(s_blank, new Reading(reader, texts));
    }

    /// <summary>Passes every member through, in one order for writing and reading: what is read has the members that were written.</summary>
    private static Summary Pass<T>(Summary s, T t)
        where T : struct, ITransfer => new()
        {
            Requests = new RequestCounts(t.Long(s.Requests.Completed), t.Long(s.Requests.Rejected), t.Long(s.Requests.Unfinished)),
            Ttft = Pass(s.Ttft, t),
            Tpot = Pass(s.Tpot, t),
            Itl = Pass(s.Itl, t),
            E2e = Pass(s.E2e, t),
            Queueing = Pass(s.Queueing, t),
            NormalizedLatency = Pass(s.NormalizedLatency, t),
            Throughput = new ThroughputFigures(
                t.Number(s.Throughput.RequestsPerSecond), t.Number(s.Throughput.InputTokensPerSecond), t.Number(s.Throughput.OutputTokensPerSecond),
                t.Number(s.Throughput.OutputTokensPerSecondPerUser), t.Number(s.Throughput.OutputTokensPerSecondPerDevice)),
            Goodput = t.Number(s.Goodput),
            GoodputShare = t.Number(s.GoodputShare),
            Slo = t.List(s.Slo, static (r, t) => new SloResult(t.Text(r?.Metric), t.Number(r?.Percentile), t.Number(r?.Bound), t.Number(r?.Measured), t.Flag(r?.Met))),
            Memory = t.List(s.Memory, static (m, t) => new TierMemory(
                t.Text(m?.Tier), t.Number(m?.PeakBytes), t.Number(m?.CapacityBytes),
                t.List(m?.Parts ?? [], static (p, t) => new KeyValuePair<string, double>(t.Text(p.Key), t.Number(p.Value))))),
            KvCache = new KvCacheFigures(
                t.Long(s.KvCache.Blocks), (int)t.Long(s.KvCache.BlockTokens), t.Number(s.KvCache.PeakUtilization), t.Number(s.KvCache.MeanUtilization), t.Long(s.KvCache.Preemptions),
                t.Long(s.KvCache.SwappedOut), t.Long(s.KvCache.RecomputedTokens), t.Long(s.KvCache.PrefixHitTokens), t.Number(s.KvCache.PrefixHitRate)),
            KvLink = t.List<KvLinkFigures>(s.KvLink is { } link ? [link] : [], static (k, t) => new KvLinkFigures(
                t.Long(k?.Transfers ?? 0), t.Number(k?.MeanSeconds), t.Number(k?.MeanWaitSeconds), t.Number(k?.MeanRoomSeconds), t.Number(k?.Busy))) is [var figures] ? figures : null,
            Utilization = new UtilizationFigures(
                t.Number(s.Utilization.Mfu), t.Number(s.Utilization.Mbu), t.Number(s.Utilization.Busy), t.Number(s.Utilization.HostShare), t.Number(s.Utilization.SwapShare),
                t.Number(s.Utilization.Bubble)),
            Economy = new EconomyFigures
            {
                EnergyJoules = Known(t.Number(s.Economy.EnergyJoules)),
                JoulesPerOutputToken = Known(t.Number(s.Economy.JoulesPerOutputToken)),
                UsdPerMillionOutputTokens = Known(t.Number(s.Economy.UsdPerMillionOutputTokens)),
            },
            Iterations = t.Long(s.Iterations),
            MeanBatch = t.Number(s.MeanBatch),
            SimulatedSeconds = t.Number(s.SimulatedSeconds),
            WarmUpRequests = t.Long(s.WarmUpRequests),
            Saturated = t.Flag(s.Saturated),
            Bottleneck = t.Text(s.Bottleneck),
            Advice = t.List(s.Advice, static (a, t) => t.Text(a)),
            TimeModel = new TimeModelFigures(t.Text(s.TimeModel.Kind), t.Text(s.TimeModel.StatedError)),
            Notes = t.List(s.Notes, static (n, t) => t.Text(n)),
        };

    private static Distribution Pass<T>(Distribution d, T t)
        where T : struct, ITransfer => new(t.Number(d.Mean), t.Number(d.P50), t.Number(d.P90), t.Number(d.P95), t.Number(d.P99), t.Number(d.Max));

    private static double? Known(double value) => double.IsNaN(value) ? null : value;

    /// <summary>Takes each value to the bytes or from them, and gives it back. Null is a missing prototype, or a number that is not known (NaN).</summary>
    private interface ITransfer
    {
        double Number(double? value);

        long Long(long value);

        bool Flag(bool? value);

        string Text(string? value);

        IReadOnlyList<TItem> List<TItem>(IReadOnlyList<TItem> items, Func<TItem?, ITransfer, TItem> each);
    }

    private readonly struct Writing(BinaryWriter writer) : ITransfer
    {
        public double Number(double? value)
        {
            writer.Write(value ?? double.NaN);
            return value ?? double.NaN;
        }

        public long Long(long value)
        {
            writer.Write7BitEncodedInt64(value);
            return value;
        }

        public bool Flag(bool? value)
        {
            writer.Write(value ?? false);
            return value ?? false;
        }

        public string Text(string? value)
        {
            writer.Write(value ?? "");
            return value ?? "";
        }

        public IReadOnlyList<TItem> List<TItem>(IReadOnlyList<TItem> items, Func<TItem?, ITransfer, TItem> each)
        {
            writer.Write7BitEncodedInt(items.Count);
            foreach (var item in items) each(item, this);
            return items;
        }
    }

    private readonly struct Reading(BinaryReader reader, ConcurrentDictionary<string, string> texts) : ITransfer
    {
        public double Number(double? value) => reader.ReadDouble();

        public long Long(long value) => reader.Read7BitEncodedInt64();

        public bool Flag(bool? value) => reader.ReadBoolean();

        public string Text(string? value)
        {
            var text = reader.ReadString();
            return texts.GetOrAdd(text, text);
        }

        public IReadOnlyList<TItem> List<TItem>(IReadOnlyList<TItem> items, Func<TItem?, ITransfer, TItem> each)
        {
            var count = reader.Read7BitEncodedInt();
            var list = new List<TItem>(Math.Min(count, 1024));
            for (var i = 0; i < count; i++) list.Add(each(default, this));
            return list;
        }
    }
}
