using System.Text.Json;
using LlmSim.Files;

namespace LlmSim.Studies.Metrics;

/// <summary>Writes and reads <c>summary.json</c>. Figures that are not known are null.</summary>
public static class SummaryJson
{
    /// <summary>The text of a summary.</summary>
    public static byte[] Write(Summary summary) => JsonOutput.Bytes(json => Write(json, summary));

    /// <summary>Writes a summary as one object.</summary>
    public static void Write(Utf8JsonWriter json, Summary s)
    {
        json.WriteStartObject();
        Object(json, "requests", ("completed", s.Requests.Completed), ("rejected", s.Requests.Rejected), ("unfinished", s.Requests.Unfinished), ("warmUp", s.WarmUpRequests));
        Write(json, "ttft", s.Ttft);
        Write(json, "tpot", s.Tpot);
        Write(json, "itl", s.Itl);
        Write(json, "e2e", s.E2e);
        Write(json, "queueing", s.Queueing);
        Write(json, "normalizedLatency", s.NormalizedLatency);
        Object(
            json, "throughput", ("requestsPerSecond", s.Throughput.RequestsPerSecond), ("inputTokensPerSecond", s.Throughput.InputTokensPerSecond),
            ("outputTokensPerSecond", s.Throughput.OutputTokensPerSecond), ("outputTokensPerSecondPerUser", s.Throughput.OutputTokensPerSecondPerUser),
            ("outputTokensPerSecondPerDevice", s.Throughput.OutputTokensPerSecondPerDevice));
        json.WriteNumberOrNull("goodput", s.Goodput);
        json.WriteNumberOrNull("goodputShare", s.GoodputShare);
        json.WriteStartArray("slo");
        foreach (var r in s.Slo)
        {
            json.WriteStartObject();
            json.WriteString("metric", r.Metric);
            json.WriteNumberOrNull("p", r.Percentile);
            json.WriteNumberOrNull("bound", r.Bound);
            json.WriteNumberOrNull("measured", r.Measured);
            json.WriteBoolean("met", r.Met);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("memory");
        Object(json, "peakBytes", [.. s.Memory.Select(t => (t.Tier, t.PeakBytes))]);
        Object(json, "capacityBytes", [.. s.Memory.Select(t => (t.Tier, t.CapacityBytes))]);
        json.WriteStartObject("parts");
        foreach (var tier in s.Memory) Object(json, tier.Tier, [.. tier.Parts.Select(p => (p.Key, p.Value))]);
        json.WriteEndObject();
        json.WriteEndObject();
        var kv = s.KvCache;
        Object(
            json, "kvCache", ("blocks", kv.Blocks), ("blockTokens", kv.BlockTokens), ("peakUtilization", kv.PeakUtilization), ("meanUtilization", kv.MeanUtilization),
            ("preemptions", kv.Preemptions), ("swappedOut", kv.SwappedOut), ("recomputedTokens", kv.RecomputedTokens), ("prefixHitTokens", kv.PrefixHitTokens),
            ("prefixHitRate", kv.PrefixHitRate));
        if (s.KvLink is { } link)
        {
            Object(
                json, "kvLink", ("transfers", link.Transfers), ("meanSeconds", link.MeanSeconds), ("meanWaitSeconds", link.MeanWaitSeconds),
                ("meanRoomSeconds", link.MeanRoomSeconds), ("busy", link.Busy));
        }

        Object(
            json, "utilization", ("mfu", s.Utilization.Mfu), ("mbu", s.Utilization.Mbu), ("busy", s.Utilization.Busy), ("hostShare", s.Utilization.HostShare),
            ("swapShare", s.Utilization.SwapShare), ("bubble", s.Utilization.Bubble));
        Object(
            json, "economy", ("energyJoules", s.Economy.EnergyJoules ?? double.NaN), ("joulesPerOutputToken", s.Economy.JoulesPerOutputToken ?? double.NaN),
            ("usdPerMillionOutputTokens", s.Economy.UsdPerMillionOutputTokens ?? double.NaN));
        json.WriteNumber("iterations", s.Iterations);
        json.WriteNumberOrNull("meanBatch", s.MeanBatch);
        json.WriteNumberOrNull("simulatedSeconds", s.SimulatedSeconds);
        json.WriteBoolean("saturated", s.Saturated);
        json.WriteString("bottleneck", s.Bottleneck);
        json.WriteTexts("advice", s.Advice);
        json.WriteStartObject("timeModel");
        json.WriteString("kind", s.TimeModel.Kind);
        json.WriteString("statedError", s.TimeModel.StatedError);
        json.WriteEndObject();
        json.WriteTexts("notes", s.Notes);
        json.WriteEndObject();
    }

    /// <summary>Reads a summary that <see cref="Write(Summary)"/> wrote.</summary>
    /// <exception cref="InputException">The text is no summary.</exception>
    public static Summary Read(string file, ReadOnlySpan<byte> utf8)
    {
        var errors = new InputErrors();
        var root = JsonText.Parse(file, utf8, errors);
        errors.ThrowIfAny();
        var r = new ObjectReader(root!, errors);
        var requests = new Figures(r.Object("requests", required: true));
        var throughput = new Figures(r.Object("throughput", required: true));
        var kv = new Figures(r.Object("kvCache", required: true));
        var use = new Figures(r.Object("utilization", required: true));
        var economy = new Figures(r.Object("economy"));
        var model = r.Object("timeModel");
        var memory = r.Object("memory");
        var top = new Figures(r);
        var summary = new Summary
        {
            Requests = new RequestCounts(requests.Long("completed"), requests.Long("rejected"), requests.Long("unfinished")),
            Ttft = Distribution(r, "ttft"),
            Tpot = Distribution(r, "tpot"),
            Itl = Distribution(r, "itl"),
            E2e = Distribution(r, "e2e"),
            Queueing = Distribution(r, "queueing"),
            NormalizedLatency = Distribution(r, "normalizedLatency"),
            Throughput = new ThroughputFigures(
                throughput.Number("requestsPerSecond"), throughput.Number("inputTokensPerSecond"), throughput.Number("outputTokensPerSecond"),
                throughput.Number("outputTokensPerSecondPerUser"), throughput.Number("outputTokensPerSecondPerDevice")),
            Goodput = top.Number("goodput"),
            GoodputShare = top.Number("goodputShare"),
            Slo = [.. r.List("slo").Select(i => new Figures(new ObjectReader(i, errors))).Select(f => new SloResult(f.Text("metric"), f.Number("p"), f.Number("bound"), f.Number("measured"), f.Flag("met")))],
            Memory = Tiers(memory),
            KvCache = new KvCacheFigures(
                kv.Long("blocks"), (int)kv.Long("blockTokens"), kv.Number("peakUtilization"), kv.Number("meanUtilization"), kv.Long("preemptions"), kv.Long("swappedOut"),
                kv.Long("recomputedTokens"), kv.Long("prefixHitTokens"), kv.Number("prefixHitRate")),
            KvLink = r.Object("kvLink") is { } link ? KvLink(new Figures(link)) : null,
            Utilization = new UtilizationFigures(use.Number("mfu"), use.Number("mbu"), use.Number("busy"), use.Number("hostShare"), use.Number("swapShare"), use.Number("bubble")),
            Economy = new EconomyFigures
            {
                EnergyJoules = economy.Known("energyJoules"),
                JoulesPerOutputToken = economy.Known("joulesPerOutputToken"),
                UsdPerMillionOutputTokens = economy.Known("usdPerMillionOutputTokens"),
            },
            Iterations = top.Long("iterations"),
            MeanBatch = top.Number("meanBatch"),
            SimulatedSeconds = top.Number("simulatedSeconds"),
            WarmUpRequests = requests.Long("warmUp"),
            Saturated = top.Flag("saturated"),
            Bottleneck = r.Text("bottleneck", ""),
            Advice = [.. r.List("advice").Select(i => i.Text)],
            TimeModel = new TimeModelFigures(model?.Text("kind", "") ?? "", model?.Text("statedError", "") ?? ""),
            Notes = [.. r.List("notes").Select(i => i.Text)],
        };
        errors.ThrowIfAny();
        return summary;
    }

    private static KvLinkFigures KvLink(Figures f) =>
        new(f.Long("transfers"), f.Number("meanSeconds"), f.Number("meanWaitSeconds"), f.Number("meanRoomSeconds"), f.Number("busy"));

    private static List<TierMemory> Tiers(ObjectReader? memory)
    {
        if (memory?.Find("peakBytes") is not { } peaks) return [];
        var capacities = memory.Find("capacityBytes");
        var parts = memory.Find("parts");
        return [.. peaks.Members.Select(m => new TierMemory(
            m.Key, m.Value.Number, capacities?.Member(m.Key)?.Number ?? double.NaN,
            [.. (parts?.Member(m.Key)?.Members ?? []).Select(p => new KeyValuePair<string, double>(p.Key, p.Value.Number))]))];
    }

    private static Distribution Distribution(ObjectReader reader, string name)
    {
        if (reader.Object(name) is not { } inner) return Metrics.Distribution.Empty;
        var f = new Figures(inner);
        return new Distribution(f.Number("mean"), f.Number("p50"), f.Number("p90"), f.Number("p95"), f.Number("p99"), f.Number("max"));
    }

    private static void Write(Utf8JsonWriter json, string name, Distribution d) =>
        Object(json, name, ("mean", d.Mean), ("p50", d.P50), ("p90", d.P90), ("p95", d.P95), ("p99", d.P99), ("max", d.Max));

    private static void Object(Utf8JsonWriter json, string name, params ReadOnlySpan<(string Name, double Value)> members)
    {
        json.WriteStartObject(name);
        foreach (var (member, value) in members) json.WriteNumberOrNull(member, value);
        json.WriteEndObject();
    }

    /// <summary>Figures of an object that may be null.</summary>
    private readonly struct Figures(ObjectReader? reader)
    {
        public double Number(string name) => reader?.Find(name)?.Number ?? double.NaN;

        public double? Known(string name) => reader?.Find(name)?.Number;

        public long Long(string name) => reader?.Find(name) is { Kind: JsonValueKind.Number } value ? (long)value.Number : 0;

        public bool Flag(string name) => reader?.Flag(name, false) ?? false;

        public string Text(string name) => reader?.Find(name)?.Text ?? "";
    }
}
