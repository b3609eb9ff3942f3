using System.Globalization;
using System.Text.Json;
using LlmSim.Charts.Numbers;
using LlmSim.Execution.Placement;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Passes;

namespace LlmSim.Cli.Output;

/// <summary>Writes analysed passes as table, JSON or CSV.</summary>
internal static class AnalysisOutput
{
    /// <summary>One pass: its operators and totals.</summary>
    public static void WriteTable(PassAnswer answer, TextWriter output)
    {
        var question = answer.Question;
        output.WriteLine(Headline(answer));
        var sheet = new Sheet("operator", "layer", "×", "FLOPs", "bytes", "FLOP/B", "FLOP/s", "bound", "time", "share");
        foreach (var row in answer.Rows)
        {
            sheet.Add(
                row.Unit == UnitKind.Device ? row.Name : $"{row.Name} ({Word(row.Unit)})", row.Layer, row.Count, Cell.Si(row.Flops), Cell.Si(row.Bytes, Unit.Bytes),
                Cell.Si(row.ArithmeticIntensity), Cell.Si(row.Performance), Word(row.Bound), Cell.Si(row.Seconds, Unit.Seconds), Cell.Share(answer.Share(row)));
        }

        sheet.AddBold(
            "total", "", "", Cell.Si(answer.Flops), Cell.Si(answer.Bytes, Unit.Bytes), Cell.Si(answer.Flops / answer.Bytes), Cell.Si(answer.Flops / answer.OperatorSeconds),
            "", Cell.Si(answer.OperatorSeconds, Unit.Seconds), Cell.Share(1));
        sheet.WriteTable(output);
        output.WriteLine("Work and time are of one execution; × says how many a pass has, and share counts them all.");
        output.WriteLine(Summary(answer));
        foreach (var line in MoreLines(answer)) output.WriteLine(line);
        output.WriteLine(MemoryLine(answer));
        WriteTimes(question, output);
    }

    /// <summary>Several passes: one line each.</summary>
    public static void WriteTable(IReadOnlyList<PassAnswer> answers, TextWriter output)
    {
        output.WriteLine(Headline(answers[0], several: true));
        var sheet = Points(answers);
        sheet.WriteTable(output);
        WriteTimes(answers[0].Question, output);
    }

    /// <summary>Where operator times come from, and what was asked of them beyond what was measured.</summary>
    private static void WriteTimes(PassQuestion question, TextWriter output)
    {
        output.WriteLine($"Operator times: {question.StatedError}");
        foreach (var warning in question.Time.Warnings) output.WriteLine("Warning: " + warning);
    }

    /// <summary>Operators of one pass, or the totals of several, as CSV.</summary>
    public static void WriteCsv(IReadOnlyList<PassAnswer> answers, TextWriter output)
    {
        if (answers.Count > 1)
        {
            Points(answers).WriteCsv(output);
            return;
        }

        var answer = answers[0];
        var sheet = new Sheet(
            "name", "layer", "count", "flops", "bytes", "weight_bytes", "kv_bytes", "communicated_bytes", "arithmetic_intensity", "performance", "bound",
            "seconds", "share");
        foreach (var row in answer.Rows)
        {
            sheet.Add(
                row.Name, row.Layer, row.Count, Cell.Si(row.Flops), Cell.Si(row.Bytes), Cell.Si(row.WeightBytes), Cell.Si(row.KvBytes),
                Cell.Si(row.CommunicatedBytes), Cell.Si(row.ArithmeticIntensity), Cell.Si(row.Performance), Word(row.Bound), Cell.Si(row.Seconds),
                Cell.Share(answer.Share(row)));
        }

        sheet.WriteCsv(output);
    }

    /// <summary>One JSON document: one pass with its operators, or <c>points</c> with the totals of each.</summary>
    public static void WriteJson(IReadOnlyList<PassAnswer> answers, TextWriter output)
    {
        output.WriteLine(JsonOutput.Text(json =>
        {
            json.WriteStartObject();
            WriteQuestion(json, answers[0]);
            if (answers.Count == 1)
            {
                WritePoint(json, answers[0]);
                WriteOperators(json, answers[0]);
            }
            else
            {
                json.WriteStartArray("points");
                foreach (var answer in answers)
                {
                    json.WriteStartObject();
                    WritePoint(json, answer);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndObject();
        }));
    }

    /// <summary>The setting in one line: model, device, phase, batch, length, precision.</summary>
    public static string Headline(PassAnswer answer, bool several = false)
    {
        var question = answer.Question;
        var place = several ? question.Kind : $"{question.Kind}, batch {question.Batch}, {question.LengthText}";
        var per = question.Parallelism.DevicesPerStage > 1 ? " (per device)" : "";
        return $"{question.Model.Name} on {question.Devices(question.Device.Name)}{per}: {place}, {Describe(question)}{(question.Rules == CountingRules.LlmViewer ? ", rules llm-viewer" : "")}";
    }

    /// <summary>Time and rates in one sentence.</summary>
    public static string Summary(PassAnswer answer) =>
        $"{SiFormat.Value(answer.Seconds, Unit.Seconds)} {(answer.Question.OutputTokens is null ? "per pass" : "for the generation")}, {SiFormat.Value(answer.TokensPerSecond, Unit.TokensPerSecond)}; "
        + (answer.IsHeldUp ? $"held up by {answer.BusiestUnit}, busy {Percent(answer.BusiestShare)} of it; of the {SiFormat.Value(answer.OperatorSeconds, Unit.Seconds)} of its operators " : "")
        + string.Join(", ", Bounds(answer)
            .Select(g => $"{Percent(g.Share)}{(answer.IsHeldUp ? "" : " of it")} bound by {Word(g.Bound)}")) + ".";

    /// <summary>Shares of the operators' time by what binds them, the largest first.</summary>
    private static IEnumerable<(Bound Bound, double Share)> Bounds(PassAnswer answer) =>
        answer.Rows.GroupBy(r => r.Bound).Select(g => (g.Key, Share: g.Sum(answer.Share))).OrderByDescending(g => g.Share);

    /// <summary>What limits a pass, in a word or two: the unit that holds it up, else what binds most of its operators' time.</summary>
    private static string Limit(PassAnswer answer) => answer.IsHeldUp ? answer.BusiestUnit : Bounds(answer).Select(b => Word(b.Bound)).FirstOrDefault("");

    private static string Percent(double share) => (share * 100).ToString("0", CultureInfo.InvariantCulture) + " %";

    /// <summary>What a pass of several devices or memories has besides, a sentence each.</summary>
    public static IEnumerable<string> MoreLines(PassAnswer answer)
    {
        var question = answer.Question;
        if (question.OutputTokens is { } tokens)
            yield return $"Prefill {SiFormat.Value(answer.PrefillSeconds, Unit.Seconds)}, then {tokens - 1} decode passes of {SiFormat.Value(answer.DecodeSeconds, Unit.Seconds)} (at the mean context).";
        if (question.Parallelism.Pipeline > 1)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Pipeline of {question.Parallelism.Pipeline} stages, {question.MicroBatches} micro-batches of {question.SequencesPerPart}: stages idle {answer.BubbleShare * 100:0.#} % of the time; operators are those of all stages, memory is that of the fullest.");
        }

        if (question.Offload is { } offload) yield return OffloadWords.Describe(offload, answer);
    }

    /// <summary>Memory in one sentence, or two where it does not fit.</summary>
    public static string MemoryLine(PassAnswer answer)
    {
        var text = string.Join(" ", answer.Tiers.Select((t, i) =>
        {
            var parts = new[] { ("weights", t.WeightBytes), ("KV cache", t.KvCacheBytes), (i == 0 ? "activations" : "buffers", t.ActivationBytes) }
                .Where(p => i == 0 || p.Item2 > 0).Select(p => $"{p.Item1} {Bytes(p.Item2)}");
            var peak = i == 0 && answer.ActivationPeakAt.Length > 0 ? $" (peak in {answer.ActivationPeakAt})" : "";
            return $"{(answer.Tiers.Count > 1 || answer.Question.Parallelism.Pipeline > 1 ? $"Memory ({t.Name})" : "Memory")}: {string.Join(" + ", parts)}{peak} = {Bytes(t.PeakBytes)}, of {Bytes(t.CapacityBytes)}.";
        }));
        if (answer.Fits) return text;
        var missing = string.Join(", ", answer.Tiers.Where(t => !t.Fits).Select(t => $"{Bytes(t.MissingBytes)} more than the {Bytes(t.CapacityBytes)} of {(t == answer.Tiers[0] ? answer.Question.Device.Name : t.Name)}"));
        var remedies = PassRemedies.Of(answer);
        return $"{text} It does not fit: {missing}." + (remedies.Count > 0 ? $" Each of these alone would make it fit: {string.Join("; ", remedies)}." : "");
    }

    private static string Bytes(double bytes) => SiFormat.Value(bytes, Unit.Bytes);

    private static Sheet Points(IReadOnlyList<PassAnswer> answers)
    {
        var prefill = answers[0].Question.Phase == Phase.Prefill;
        var sheet = new Sheet(
            "batch", prefill ? "prompt" : "context", "time (s)", "tokens/s", "FLOPs", "bytes", "FLOP/s", "KV cache (B)", "memory (B)", "fits", "limit")
        { Keys = 2 };
        foreach (var answer in answers)
        {
            sheet.Add(
                answer.Question.Batch, answer.Question.Length, Cell.Si(answer.Seconds, Unit.Seconds), Cell.Si(answer.TokensPerSecond), Cell.Si(answer.Flops),
                Cell.Si(answer.Bytes), Cell.Si(answer.Flops / answer.Seconds), Cell.Si(answer.KvCacheBytes), Cell.Si(answer.PeakMemoryBytes),
                answer.Fits ? "yes" : "no", Limit(answer));
        }

        return sheet;
    }

    private static void WriteQuestion(Utf8JsonWriter json, PassAnswer answer)
    {
        var question = answer.Question;
        json.WriteString("model", question.Model.Name);
        json.WriteString("hardware", question.Device.Name);
        json.WriteString("phase", question.Kind);
        json.WriteStartObject("precision");
        json.WriteString("weights", question.Precision.Weights?.Describe() ?? "as exported");
        json.WriteString("activations", question.Precision.Activations.Name());
        json.WriteString("kv", question.Precision.KvCache.Name());
        json.WriteEndObject();
        json.WriteString("attention", question.FusedAttention ? "fused" : "unfused");
        json.WriteString("rules", question.Rules == CountingRules.LlmViewer ? "llm-viewer" : "standard");
        json.WriteNumber("tensorParallel", question.Parallelism.Tensor);
        json.WriteNumber("pipelineParallel", question.Parallelism.Pipeline);
        json.WriteNumber("microBatches", question.MicroBatches);
        json.WriteNumber("expertParallel", question.Parallelism.Expert);
        json.WriteBoolean("dataParallelAttention", question.Parallelism.DataParallelAttention);
        json.WriteString("placement", question.Placement.Name);
        if (question.Offload is { } offload) OffloadWords.Write(json, offload);
        json.WriteStartObject("timeModel");
        json.WriteString("kind", question.Time.Kind);
        json.WriteString("statedError", question.StatedError);
        if (question.Time.Warnings.Count > 0)
        {
            json.WriteStartArray("warnings");
            foreach (var warning in question.Time.Warnings) json.WriteStringValue(warning);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    private static void WritePoint(Utf8JsonWriter json, PassAnswer answer)
    {
        json.WriteNumber("batch", answer.Question.Batch);
        json.WriteNumber(answer.Question.Phase == Phase.Prefill ? "prompt" : "context", answer.Question.Length);
        json.WriteStartObject("total");
        json.WriteNumberOrNull("seconds", answer.Seconds);
        json.WriteNumberOrNull("flops", answer.Flops);
        json.WriteNumberOrNull("bytes", answer.Bytes);
        json.WriteNumberOrNull("weightBytes", answer.WeightBytes);
        json.WriteNumberOrNull("kvCacheBytes", answer.KvCacheBytes);
        json.WriteNumberOrNull("activationBytes", answer.ActivationBytes);
        json.WriteNumberOrNull("peakMemoryBytes", answer.PeakMemoryBytes);
        json.WriteNumberOrNull("memoryCapacityBytes", answer.CapacityBytes);
        json.WriteNumberOrNull("tokensPerSecond", answer.TokensPerSecond);
        if (answer.Question.Parallelism.Pipeline > 1) json.WriteNumberOrNull("bubbleShare", answer.BubbleShare);
        if (answer.Question.OutputTokens is not null)
        {
            json.WriteNumberOrNull("prefillSeconds", answer.PrefillSeconds);
            json.WriteNumberOrNull("decodeSeconds", answer.DecodeSeconds);
        }

        json.WriteString("limit", Limit(answer));
        if (answer.BusiestUnit.Length > 0)
        {
            json.WriteString("busiestUnit", answer.BusiestUnit);
            json.WriteNumberOrNull("busiestShare", answer.BusiestShare);
        }

        // Shares of the operators' time, not of the pass where something else holds it up.
        json.WriteStartObject("boundShares");
        foreach (var (bound, share) in Bounds(answer)) json.WriteNumberOrNull(Word(bound), share);
        json.WriteEndObject();
        json.WriteEndObject();
        json.WriteBoolean("fits", answer.Fits);
        json.WriteStartArray("memory");
        foreach (var tier in answer.Tiers)
        {
            json.WriteStartObject();
            json.WriteString("name", tier.Name);
            json.WriteNumberOrNull("weightBytes", tier.WeightBytes);
            json.WriteNumberOrNull("kvCacheBytes", tier.KvCacheBytes);
            json.WriteNumberOrNull("activationBytes", tier.ActivationBytes);
            json.WriteNumberOrNull("peakBytes", tier.PeakBytes);
            json.WriteNumberOrNull("capacityBytes", tier.CapacityBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteOperators(Utf8JsonWriter json, PassAnswer answer)
    {
        json.WriteStartArray("operators");
        foreach (var row in answer.Rows)
        {
            json.WriteStartObject();
            json.WriteString("name", row.Name);
            json.WriteString("layer", row.Layer);
            json.WriteNumber("count", row.Count);
            json.WriteNumberOrNull("flops", row.Flops);
            json.WriteNumberOrNull("bytes", row.Bytes);
            json.WriteNumberOrNull("weightBytes", row.WeightBytes);
            json.WriteNumberOrNull("kvBytes", row.KvBytes);
            json.WriteNumberOrNull("communicatedBytes", row.CommunicatedBytes);
            json.WriteNumberOrNull("arithmeticIntensity", row.ArithmeticIntensity);
            json.WriteNumberOrNull("performance", row.Performance);
            json.WriteString("bound", Word(row.Bound));
            json.WriteString("unit", Word(row.Unit));
            json.WriteNumberOrNull("seconds", row.Seconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Describe(PassQuestion question)
    {
        var weights = question.Precision.Weights?.Describe() ?? "as exported";
        return $"weights {weights}, activations {question.Precision.Activations.Name()}, KV {question.Precision.KvCache.Name()}";
    }

    /// <summary>A bound as people and programs read it.</summary>
    public static string Word(Bound bound) => bound switch
    {
        Bound.Memory => "memory",
        Bound.Compute => "compute",
        Bound.Link => "link",
        _ => "overhead",
    };

    /// <summary>A kind of unit as people and programs read it.</summary>
    public static string Word(UnitKind unit) => unit switch
    {
        UnitKind.InMemory => "memory units",
        UnitKind.Cpu => "cpu",
        _ => "device",
    };
}
