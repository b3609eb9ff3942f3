using LlmSim.Execution.Memory;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Rules;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Studies.Passes;

/// <summary>Answers questions about single forward passes, under either counting.</summary>
public static class PassAnalysis
{
    /// <summary>Analyses one pass, or a generation.</summary>
    /// <exception cref="InputException">The rules asked for cannot describe this model or device.</exception>
    public static PassAnswer Answer(PassQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        if (question.Rules == CountingRules.LlmViewer) return ByLlmViewer(question);
        return question.OutputTokens is { } output ? Generation(question, output) : ByStandard(question);
    }

    private static PassAnswer ByStandard(PassQuestion question)
    {
        var model = PassPlanning.Executed(question);
        var batch = PassPlanning.BatchOf(question, model);
        var times = PassPlanning.Times(question);
        var pass = ForwardPass.Run(model, batch, question.Precision, times);
        var placed = times as PlacedTimes;
        var rows = pass.Rows.Select(r => Row(r, question.Parts, placed?.Place(r.Spec, r.Work, batch, question.Precision).Kind ?? UnitKind.Device)).ToList();
        if (question.Parallelism.Pipeline > 1) rows.Insert(LastOfLayers(rows), Sends(question, model, batch));
        var peak = pass.Activations.Operator.Length > 0 ? pass.Activations.Group + "/" + pass.Activations.Operator : "";
        var whole = new PassAnswer
        {
            Question = question,
            Rows = rows,
            Seconds = pass.Seconds,
            Flops = question.Parts * pass.Work.Flops,
            Bytes = question.Parts * pass.Work.MemoryBytes,
            Tiers = [new TierUse(question.Device.MainMemory.Name, pass.WeightBytes, pass.KvCacheBytes, pass.Activations.Bytes, question.Device.MainMemory.CapacityBytes)],
            ActivationPeakAt = peak,
        };
        if (!question.IsScheduled && placed is null && question.Allocator == AllocatorRounding.Exact) return whole;
        var schedule = PassPlanning.Schedule(question);
        var seconds = question.IsScheduled ? schedule.Picoseconds * 1e-12 : pass.Seconds;
        var busiest = question.Offload is null ? -1 : Enumerable.Range(0, schedule.Plan.Units.Count).MaxBy(schedule.Utilization);
        return whole with
        {
            Seconds = seconds,
            BusiestUnit = busiest < 0 ? "" : schedule.Plan.Units[busiest],
            BusiestShare = busiest < 0 ? 0 : schedule.Utilization(busiest),
            Tiers = FullestStage(TierUse.Of(schedule, question.Allocator), question),
            // What idles is what the stages do not work: on one device nothing does.
            BubbleShare = question.Parallelism.Pipeline > 1 ? Math.Max(0, 1 - whole.OperatorSeconds / (question.Parallelism.Pipeline * seconds)) : 0,
        };
    }

    /// <summary>A prefill and the decode passes after it, which take what as many at the mean context take, since decode time is linear in the context.</summary>
    private static PassAnswer Generation(PassQuestion question, int output)
    {
        var prefill = Answer(question with { OutputTokens = null, Phase = Phase.Prefill });
        PassAnswer Decode(int context) => Answer(question with { OutputTokens = null, Phase = Phase.Decode, Length = context });
        // The prefill makes the first token; decode pass i = 1 … n − 1 finds prompt + i − 1 tokens in the cache.
        var (mean, last) = (Decode(MeanContext(question.Length, output)), Decode(question.Length + output));
        var passes = output - 1;
        var rows = prefill.Rows.Select(r => r with { Layer = "prefill, " + r.Layer });
        if (passes > 0) rows = rows.Concat(mean.Rows.Select(r => r with { Layer = "decode, " + r.Layer, Count = passes * r.Count }));
        var longer = passes * mean.Seconds > prefill.Seconds ? mean : prefill;
        return prefill with
        {
            Question = question,
            Rows = [.. rows],
            Seconds = prefill.Seconds + passes * mean.Seconds,
            Flops = prefill.Flops + passes * mean.Flops,
            Bytes = prefill.Bytes + passes * mean.Bytes,
            Tiers = TierUse.Larger(prefill.Tiers, last.Tiers),
            PrefillSeconds = prefill.Seconds,
            BusiestUnit = longer.BusiestUnit,
            BusiestShare = longer.BusiestShare,
            DecodeSeconds = mean.Seconds,
            BubbleShare = (prefill.BubbleShare * prefill.Seconds + passes * mean.BubbleShare * mean.Seconds) / (prefill.Seconds + passes * mean.Seconds),
        };
    }

    /// <summary>Tokens in the cache before the mean decode pass of a generation.</summary>
    internal static int MeanContext(int prompt, int output) => prompt + Math.Max(0, output - 2) / 2;

    /// <summary>Memories of the stage whose device is fullest; of stages that are alike the first.</summary>
    private static List<TierUse> FullestStage(List<TierUse> tiers, PassQuestion question)
    {
        var stages = question.Parallelism.Pipeline;
        if (stages == 1) return tiers;
        var each = tiers.GroupBy(t => t.Name[t.Name.LastIndexOf(',')..]).Select(g => g.ToList()).ToList();
        return each.MaxBy(g => g.Max(t => t.PeakBytes / t.CapacityBytes))!;
    }

    /// <summary>What hands the hidden states of each micro-batch from stage to stage.</summary>
    private static AnalysisRow Sends(PassQuestion question, LanguageModel model, in BatchShape batch)
    {
        var send = PassPlanning.Pipeline(question, model).Models[0].Epilogue!;
        var step = send.Operators[0];
        var work = step.Spec.Work(batch, question.Precision);
        var row = new PassRow(send.Name, step.Name, question.Parallelism.Pipeline - 1, step.Spec, work, question.Time.Time(step.Spec, work, batch, question.Precision));
        return Row(row, question.Parts, UnitKind.Device);
    }

    private static int LastOfLayers(List<AnalysisRow> rows)
    {
        var last = rows.FindLastIndex(r => r.Layer != rows[^1].Layer);
        return last < 0 ? rows.Count : last + 1;
    }

    private static AnalysisRow Row(PassRow row, int parts, UnitKind unit) => new()
    {
        Name = row.Name,
        Layer = row.Group,
        Count = parts * row.Count,
        Unit = unit,
        Flops = row.Work.Flops,
        Bytes = row.Work.MemoryBytes,
        WeightBytes = row.Work.WeightBytes,
        KvBytes = row.Work.KvBytes,
        CommunicatedBytes = row.Work.CommunicatedBytes,
        Seconds = row.Time.Seconds,
        ComputeSeconds = row.Time.ComputeSeconds,
        MemorySeconds = row.Time.MemorySeconds,
        Performance = row.FlopsPerSecond,
        Bound = row.Time.Bound,
        Spec = row.Spec,
    };

    private static PassAnswer ByLlmViewer(PassQuestion question)
    {
        var precision = question.Precision;
        var setting = new LlmViewerSetting(
            question.Phase, question.Batch, question.Length,
            (precision.Weights?.Format ?? question.Model.ExportedActivations).Bits(), precision.Activations.Bits(), precision.KvCache.Bits(),
            question.FusedAttention);
        var result = LlmViewerRules.Analyse(question.Model, setting, FiguresOf(question.Device), out var problem)
            ?? throw new InputException(new InputError("--rules", 0, "", problem!, "use --rules standard"));
        return new PassAnswer
        {
            Question = question,
            Rows = [.. result.Rows.Select(row => Row(row, result.PeakOpsPerSecond, question.Device.MemoryBandwidthBytesPerSecond))],
            Seconds = result.Seconds,
            Flops = result.Ops,
            Bytes = result.MemoryAccess,
            Tiers =
            [
                new TierUse(
                    question.Device.MainMemory.Name, result.WeightBytes, result.KvCacheBytes, result.TemporaryActivationBytes, question.Device.MainMemory.CapacityBytes),
            ],
        };
    }

    private static AnalysisRow Row(LlmViewerRow row, double peak, double bandwidth) => new()
    {
        Name = row.Name,
        Layer = row.Name == "lm_head" ? "head" : "layer",
        Count = row.Count,
        Flops = row.Ops,
        Bytes = row.MemoryAccess,
        WeightBytes = row.LoadWeight,
        KvBytes = row.LoadKv + row.StoreKv,
        Seconds = row.Seconds,
        ComputeSeconds = row.Ops / peak,
        MemorySeconds = row.MemoryAccess / bandwidth,
        Performance = row.OpsPerSecond,
        Bound = row.ComputeBound ? Bound.Compute : Bound.Memory,
    };

    private static LlmViewerDevice FiguresOf(Device device)
    {
        var fp16 = Math.Max(device.Compute.Matrix[NumberFormat.Fp16], device.Compute.Matrix[NumberFormat.Bf16]);
        if (fp16 <= 0) throw new InputException(new InputError("--rules", 0, "", $"{device.Name} has no 16-bit peak", "use --rules standard"));
        var int8 = device.Compute.Matrix[NumberFormat.Int8];
        return new LlmViewerDevice(
            device.MemoryBandwidthBytesPerSecond, fp16, int8 > 0 ? int8 : null,
            device.MemoryOf(MemoryKind.Scratchpad)?.CapacityBytes ?? 0);
    }
}
