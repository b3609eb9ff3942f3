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
                    : Newest(byArrival: false);
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

/// <summary>vLLM's first scheduler, request by request.</summary>
internal sealed class PlainVllmV0(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    protected override bool ByArrival => C.QueueOrder == QueueOrder.Fcfs;

    private readonly List<PlainRequest> _swapped = [];

    protected override bool CanEverHold(PlainRequest r) => Most(r) + 1 + C.WatermarkBlocks <= C.KvBlocks;

    protected override void Schedule()
    {
        var fcfs = C.QueueOrder == QueueOrder.Fcfs;
        var (total, longest) = (0, 0);
        while (_swapped.Count == 0 && Waiting.Count > 0 && HasSeat(Waiting[0]))
        {
            var request = Waiting[0];
            var hit = Find(request);
            var tokens = request.Reached - hit.Count * C.BlockTokens;
            var counted = C.PaddedBudget ? (Batch.Count + 1) * Math.Max(longest, tokens) : total + tokens;
            if ((counted > C.MaxBatchTokens && Batch.Count > 0) || !Fits(request, hit, tokens, C.WatermarkBlocks)) break;
            Admit(request, hit, tokens, fcfs);
            Batch.Add((request, tokens));
            total += tokens;
            longest = Math.Max(longest, tokens);
        }

        if (Batch.Count > 0) return;
        if (PlainDecodes.Grow(Running, () => Pool.Free, () => Out(Newest(fcfs)), request => Extend(request, 1), request => Batch.Add((request, 1)))) return;
        while (_swapped.Count > 0 && HasSeat(_swapped[0]) && Pool.Free - _swapped[0].SwappedBlocks - 1 >= C.WatermarkBlocks)
        {
            var request = _swapped[0];
            _swapped.RemoveAt(0);
            for (var i = 0; i < request.SwappedBlocks; i++) request.Blocks.Add(Pool.Take());
            SwapNanoseconds += Link(request.SwappedBlocks);
            Start(request, fcfs);
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

/// <summary>Growth under pressure as v0 and SARATHI do it.</summary>
internal static class PlainDecodes
{
    /// <summary>Whether anybody was preempted.</summary>
    public static bool Grow(List<PlainRequest> running, Func<int> free, Action preempt, Action<PlainRequest> grow, Action<PlainRequest> schedule)
    {
        var preempted = false;
        for (var i = 0; i < running.Count; i++)
        {
            var request = running[i];
            if (!request.Decodes) continue;
            while (free() < 1 && running.Contains(request))
            {
                preempt();
                preempted = true;
            }

            if (!running.Contains(request)) break;
            grow(request);
            schedule(request);
        }

        return preempted;
    }
}

/// <summary>SARATHI, request by request.</summary>
internal sealed class PlainSarathi(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    protected override bool ByArrival => C.QueueOrder == QueueOrder.Fcfs;

    protected override bool CanEverHold(PlainRequest r) => Most(r) + 1 + C.WatermarkBlocks <= C.KvBlocks;

    protected override void Schedule()
    {
        PlainDecodes.Grow(Running, () => Pool.Free, () => Preempt(Newest(C.QueueOrder == QueueOrder.Fcfs)), request => Extend(request, 1), request => Batch.Add((request, 1)));
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
            Admit(request, [], request.Reached, C.QueueOrder == QueueOrder.Fcfs);
            var tokens = Math.Min(left, request.Reached);
            Batch.Add((request, tokens));
            left -= tokens;
        }
    }
}
