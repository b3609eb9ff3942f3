using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>LightLLM, request by request.</summary>
internal sealed class PlainLightLlm(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    private long _sinceAttempt;

    protected override bool CanEverHold(PlainRequest r) => Most(r, 0) < C.KvBlocks;

    protected override void Schedule()
    {
        if (Running.Count == 0 || _sinceAttempt >= C.DecodesBetweenPrefills)
        {
            _sinceAttempt = 0;
            var busy = C.KvBlocks - Pool.Free >= C.BusyShare * C.KvBlocks;
            var estimates = Running.SelectMany(r => Ahead(r, r.Computed, busy)).ToList();
            var tokens = 0;
            while (Waiting.Count > 0 && HasSeat(Waiting[0]))
            {
                var request = Waiting[0];
                if (tokens > 0 && tokens + request.Reached > C.MaxBatchTokens) break;
                estimates.AddRange(Ahead(request, request.Reached, busy));
                var sorted = estimates.OrderByDescending(e => e.Left).ThenByDescending(e => e.Used).ToList();
                var peak = sorted.Select((e, i) => e.Left * (i + 1) + sorted.Take(i + 1).Sum(x => x.Used)).Max();
                if (peak >= C.KvBlocks || request.Reached > Pool.Free) break;
                Admit(request, [], request.Reached);
                Batch.Add((request, request.Reached));
                tokens += request.Reached;
            }

            if (Batch.Count > 0) return;
        }

        while (Running.Count > Pool.Free) Preempt(Running[^1]);
        foreach (var request in Running)
        {
            Extend(request, 1);
            Batch.Add((request, 1));
        }

        if (Batch.Count > 0) _sinceAttempt++;
    }

    private IEnumerable<(long Left, long Used)> Ahead(PlainRequest r, long used, bool busy)
    {
        yield return (Left(r.OutputTokens, r.Generated, busy), used);
        if (r.IsBranched) yield break;
        foreach (var output in r.Request.MoreOutputTokens.ToArray()) yield return (Left(output, 0, busy), 0);
    }

    private long Left(int output, int generated, bool busy)
    {
        var most = busy ? output : Math.Min(output, Math.Max((long)(1.1 * generated), C.EstimatedNewTokens));
        return Math.Max(0, most - generated);
    }
}
