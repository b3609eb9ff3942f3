using LlmSim.Execution.Memory;
using LlmSim.Execution.Passes;
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
    /// <summary>Analyses one pass.</summary>
    /// <exception cref="InputException">The rules asked for cannot describe this model or device.</exception>
    public static PassAnswer Answer(PassQuestion question)
    {
        ArgumentNullException.ThrowIfNull(question);
        return question.Rules == CountingRules.LlmViewer ? ByLlmViewer(question) : ByStandard(question);
    }

    /// <summary>What would make a pass fit that does not, each change tried by itself; empty when it fits, or when nothing that was tried helps.</summary>
    public static IReadOnlyList<string> Remedies(PassAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var question = answer.Question;
        if (answer.Fits || question.Rules == CountingRules.LlmViewer) return [];
        var model = Executed(question);
        return MemoryFit.Of(model, BatchOf(question, model), question.Precision, question.Device, sharded: question.TensorParallel > 1).Remedies;
    }

    /// <summary>The model with the attention that was asked for.</summary>
    internal static LanguageModel Executed(PassQuestion question) => question.FusedAttention ? question.Model : AttentionExpansion.Unfused(question.Model);

    /// <summary>The batch that was asked for.</summary>
    internal static BatchShape BatchOf(PassQuestion question, LanguageModel model)
    {
        var needs = ForwardPass.Needs(model, question.Time);
        return question.Phase == Phase.Prefill
            ? BatchShape.UniformPrefill(question.Batch, question.Length, needs, question.AllLogits)
            : BatchShape.UniformDecode(question.Batch, question.Length, needs);
    }

    private static PassAnswer ByStandard(PassQuestion question)
    {
        var model = Executed(question);
        var batch = BatchOf(question, model);
        var pass = ForwardPass.Run(model, batch, question.Precision, question.Time);
        return new PassAnswer
        {
            Question = question,
            Rows = [.. pass.Rows.Select(Row)],
            Seconds = pass.Seconds,
            Flops = pass.Work.Flops,
            Bytes = pass.Work.MemoryBytes,
            WeightBytes = pass.WeightBytes,
            KvCacheBytes = pass.KvCacheBytes,
            ActivationBytes = pass.Activations.Bytes,
            ActivationPeakAt = pass.Activations.Operator.Length > 0 ? pass.Activations.Group + "/" + pass.Activations.Operator : "",
        };
    }

    private static AnalysisRow Row(PassRow row) => new()
    {
        Name = row.Name,
        Layer = row.Group,
        Count = row.Count,
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
            WeightBytes = result.WeightBytes,
            KvCacheBytes = result.KvCacheBytes,
            ActivationBytes = result.TemporaryActivationBytes,
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
