using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.Hardware;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Passes;

/// <summary>From what a user writes about offloading to what lies where.</summary>
internal static class OffloadChoice
{
    /// <summary>Whether it moves anything.</summary>
    public static bool Moves(OffloadSection? offload) => offload is not null && (offload.Schedule != OffloadSection.LayerAhead || offload.Weights.Sum > 0 || offload.Kv.Sum > 0 || offload.HiddenStates);

    /// <summary>The shares that the members say.</summary>
    public static OffloadPolicy Written(OffloadSection offload, IPlacementPolicy placement)
    {
        Shares Split(OffloadShare share)
        {
            var (host, flash) = (share.Host, share.Flash);
            if (offload.To == "flash") flash += share.Away;
            else host += share.Away;
            return new Shares(Math.Max(0, 1 - host - flash), host, flash);
        }

        return new OffloadPolicy
        {
            Name = offload.Schedule,
            Weights = Split(offload.Weights),
            KvCache = Split(offload.Kv),
            ByLayer = offload.WholeLayers,
            PrefetchLayers = offload.PrefetchLayers,
            Pinned = offload.Pinned,
            ActivationsOnHost = offload.HiddenStates,
            CpuAttention = placement == PlacementPolicies.CpuAttention,
            BatchesPerBlock = offload.BatchesPerBlock,
            Window = offload.NeuronWindow is { } window ? new FlashWindow(window.ActiveShare, window.Tokens) : null,
        };
    }

    /// <summary>What a question's offloading comes to, searched where the schedule searches.</summary>
    /// <param name="offload">What was asked for.</param>
    /// <param name="question">The question, without offloading.</param>
    /// <exception cref="ImpossibleException">No placement fits.</exception>
    public static OffloadPolicy For(OffloadSection offload, PassQuestion question)
    {
        var (precision, device) = (question.Precision, question.Device);
        var model = PassPlanning.Executed(question);
        var lengthAtEnd = question.Length + (question.OutputTokens ?? 0) + 1;
        switch (offload.Schedule)
        {
            case "zero-inference":
                return OffloadPolicy.ZeroInference(onFlash: model.WeightBytes(precision) >= (device.MemoryOf(MemoryKind.Host)?.CapacityBytes ?? 0));
            case "accelerate":
                var needs = ForwardPass.Needs(model, question.Time);
                var prefill = question.Phase == Phase.Prefill ? BatchShape.UniformPrefill(question.Batch, question.Length, needs) : BatchShape.UniformDecode(question.Batch, question.Length, needs);
                var cache = model.KvElementsPerToken * question.Batch * (double)lengthAtEnd * precision.KvCache.Bytes();
                return OffloadPolicy.Accelerate(DeviceMap.Greedy(model, precision, device, cache, LiveRanges.PeakOf(model, prefill, precision).Bytes));
            case "flexgen":
                // A quantised cache is unpacked fast by the device only.
                var search = new FlexGenSearch(model, precision, device, question.Time) { AllowCpuAttention = precision.KvCache.Bits() >= 16 };
                return search.Best(question.Batch, question.Length, question.OutputTokens ?? 1)?.Policy
                    ?? throw new ImpossibleException(FormattableString.Invariant(
                        $"no placement of {question.Model.Name} over device, host memory and flash of {device.Name} fits a generation of batch {question.Batch}; take a smaller batch, or fewer bits"));
            default:
                return Written(offload, question.Placement);
        }
    }
}
