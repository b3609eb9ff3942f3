using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>SARATHI, request by request.</summary>
internal sealed class PlainSarathi(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    protected override bool ByArrival => C.QueueOrder == QueueOrder.Fcfs;

    protected override bool CanEverHold(PlainRequest r) => Most(r) + 1 + C.WatermarkBlocks <= C.KvBlocks;

    protected override void Schedule()
    {
        GrowDecodes(victim => Preempt(victim));
        var left = C.MaxBatchTokens - Batch.Count;
        foreach (var request in Running.Where(r => !r.Decodes).ToList())
        {
            if (left <= 0) break;
            var tokens = Math.Min(left, request.Reached - request.Computed);
            Batch.Add((request, tokens));
            left -= tokens;
        }

        while (left > 0 && Waiting.Count > 0 && HasSeat(Waiting[0]) && BlocksOf(Waiting[0].Reached) + C.WatermarkBlocks <= Pool.Free)
        {
            var request = Waiting[0];
            Admit(request, [], request.Reached);
            var tokens = Math.Min(left, request.Reached);
            Batch.Add((request, tokens));
            left -= tokens;
        }
    }
}
