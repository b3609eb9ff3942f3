using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>Dynamic SplitFuse, request by request.</summary>
internal sealed class PlainFastGen(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    protected override bool CanEverHold(PlainRequest r) => Most(r) <= C.KvBlocks;

    protected override void Schedule()
    {
        while (true)
        {
            foreach (var request in Running.Where(r => r.Decodes))
                if (Batch.Count < C.MaxBatchTokens && Extend(request, 1)) Batch.Add((request, 1));
            var left = C.MaxBatchTokens - Batch.Count;
            var blocked = false;
            foreach (var request in Running.Where(r => !r.Decodes).ToList())
            {
                if (left == 0 || blocked) break;
                blocked = Need(request, request.Reached - request.Computed) > Pool.Free;
                if (!blocked) left -= Give(request, left);
            }

            while (!blocked && left > 0 && Waiting.Count > 0 && HasSeat(Waiting[0]) && BlocksOf(Waiting[0].Reached) <= Pool.Free)
            {
                var request = Waiting[0];
                var tokens = Math.Min(left, request.Reached);
                Admit(request, [], tokens);
                Batch.Add((request, tokens));
                left -= tokens;
            }

            if (Batch.Count > 0 || HasLanes || Running.Count == 0) return;
            Preempt(Running[^1], toBack: true);
        }
    }

    private int Give(PlainRequest request, int left)
    {
        var tokens = Math.Min(left, request.Reached - request.Computed);
        Extend(request, tokens);
        Batch.Add((request, tokens));
        return tokens;
    }
}
