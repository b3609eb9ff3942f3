using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Queues;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>vLLM V1, request by request.</summary>
internal sealed class PlainVllmV1(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    protected override bool CanEverHold(PlainRequest r) => Most(r) <= C.KvBlocks;

    protected override void Schedule()
    {
        var budget = C.MaxBatchTokens;
        var most = C.LongPrefillTokens == 0 ? int.MaxValue : C.LongPrefillTokens;
        var preempted = false;
        var stop = false;
        for (var i = 0; i < Running.Count && budget > 0 && !stop; i++)
        {
            var request = Running[i];
            var tokens = Math.Min(Math.Min(request.Reached - request.Computed, most), budget);
            while (!Extend(request, tokens))
            {
                var victim = C.QueueOrder == QueueOrder.Priority
                    ? AllRunning.OrderBy(r => r.Request.Priority).ThenBy(r => r.Request.ArrivalNanoseconds).ThenBy(r => r.Order).Last()
                    : Newest();
                var scheduled = Batch.Where(share => share.Request == victim).Sum(share => share.Tokens);
                if (IsHere(victim) && Running.IndexOf(victim) < i) i--;
                budget += scheduled;
                Preempt(victim, scheduled);
                preempted = true;
                stop = victim == request;
                if (stop) break;
            }

            if (stop) break;
            Batch.Add((request, tokens));
            budget -= tokens;
        }

        while (!preempted && budget > 0 && Waiting.Count > 0 && HasSeat(Waiting[0]))
        {
            var request = Waiting[0];
            var hit = Find(request);
            var rest = request.Reached - hit.Count * C.BlockTokens;
            if (C.ReserveFullPrompt && !Fits(request, hit, rest)) break;
            var tokens = Math.Min(Math.Min(rest, most), budget);
            if (!Fits(request, hit, tokens)) break;
            Admit(request, hit, tokens);
            Batch.Add((request, tokens));
            budget -= tokens;
        }
    }
}
