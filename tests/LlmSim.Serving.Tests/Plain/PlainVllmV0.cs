using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>vLLM's first scheduler, request by request.</summary>
internal sealed class PlainVllmV0(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    protected override bool ByArrival => C.QueueOrder == QueueOrder.Fcfs;

    private readonly List<PlainRequest> _swapped = [];

    protected override bool CanEverHold(PlainRequest r) => Most(r) + 1 + C.WatermarkBlocks <= C.KvBlocks;

    protected override void Schedule()
    {
        var (total, longest) = (0, 0);
        while (_swapped.Count == 0 && Waiting.Count > 0 && HasSeat(Waiting[0]))
        {
            var request = Waiting[0];
            var hit = Find(request);
            var tokens = request.Reached - hit.Count * C.BlockTokens;
            var counted = C.PaddedBudget ? (Batch.Count + 1) * Math.Max(longest, tokens) : total + tokens;
            if ((counted > C.MaxBatchTokens && Batch.Count > 0) || !Fits(request, hit, tokens, C.WatermarkBlocks)) break;
            Admit(request, hit, tokens);
            Batch.Add((request, tokens));
            total += tokens;
            longest = Math.Max(longest, tokens);
        }

        if (Batch.Count > 0) return;
        if (GrowDecodes(Out)) return;
        while (_swapped.Count > 0 && HasSeat(_swapped[0]) && Pool.Free - _swapped[0].SwappedBlocks - 1 >= C.WatermarkBlocks)
        {
            var request = _swapped[0];
            _swapped.RemoveAt(0);
            for (var i = 0; i < request.SwappedBlocks; i++) request.Blocks.Add(Pool.Take());
            SwapNanoseconds += Link(request.SwappedBlocks);
            Start(request);
            Extend(request, 1);
            Batch.Add((request, 1));
        }
    }

    private void Out(PlainRequest victim)
    {
        if (!(C.Swap || victim.SharesBlocks) || !victim.Decodes || _swapped.Sum(r => r.SwappedBlocks) + victim.Blocks.Count > C.SwapBlocks)
        {
            Preempt(victim);
            return;
        }

        Drop(victim);
        victim.SwappedBlocks = Held(victim.Computed - 1, 1);
        Pool.Release(victim.Blocks);
        Pool.ForgetPrivate(victim.Uid);
        victim.SharesBlocks = false;
        victim.Named = 0;
        SwapNanoseconds += Link(victim.SwappedBlocks);
        victim.Preemptions++;
        Totals.Preemptions++;
        _swapped.Add(victim);
        var sorted = _swapped.OrderBy(r => r.Request.ArrivalNanoseconds).ThenBy(r => r.Request.Id).ToList();
        _swapped.Clear();
        _swapped.AddRange(sorted);
    }

    private long Link(int blocks) => (long)Math.Round(blocks * (double)C.BlockTokens * C.KvBytesPerToken / C.HostLinkBytesPerSecond * 1e9);
}
