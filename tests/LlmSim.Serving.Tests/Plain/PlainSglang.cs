using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>SGLang with first come, first served and nothing shared, request by request.</summary>
internal sealed class PlainSglang(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests) : PlainEngine(c, cost, requests)
{
    private double _base = c.NewTokenRatio;
    private long _decodes;
    private bool _full;
    private PlainRequest? _chunked;

    protected override bool CanEverHold(PlainRequest r) => Most(r, 0) < C.KvBlocks;

    protected override int KeptTokens(PlainRequest victim, int scheduled) => Math.Min(victim.Request.PromptTokens, victim.Computed + scheduled);

    protected override void Finished(PlainRequest request)
    {
        base.Finished(request);
        _full = false;
    }

    protected override void Schedule()
    {
        if (Running.Count == 0)
        {
            _full = false;
            if (Waiting.Count == 0) SetRatio(C.NewTokenRatio);
        }

        if (_chunked is not null || (!_full && Waiting.Count > 0)) Prefill();
        if (Batch.Count > 0) return;
        var decodes = Running.Where(r => r.Decodes).ToList();
        if (decodes.Count > Pool.Free) Retract(decodes);
        foreach (var request in decodes)
        {
            Extend(request, 1);
            Batch.Add((request, 1));
        }

        if (Batch.Count > 0) _decodes++;
    }

    private void Prefill()
    {
        var (prefillLeft, chunkLeft) = (C.MaxPrefillTokens, C.MaxBatchTokens);
        var ratio = Math.Max(C.MinNewTokenRatio, _base - (C.NewTokenRatio - C.MinNewTokenRatio) / C.NewTokenRatioDecaySteps * _decodes);
        var reserved = Running.Where(r => r != _chunked).Sum(Expected) * ratio;
        if (_chunked is { } unfinished)
        {
            var tokens = Math.Min(unfinished.Reached - unfinished.Computed, chunkLeft);
            if (!Extend(unfinished, tokens)) return;
            Batch.Add((unfinished, tokens));
            if (unfinished.Computed + tokens == unfinished.Reached)
            {
                _chunked = null;
                reserved += Expected(unfinished);
            }

            prefillLeft -= tokens;
            chunkLeft -= tokens;
        }

        while (Waiting.Count > 0 && prefillLeft > 0 && chunkLeft > 0 && _chunked is null)
        {
            var request = Waiting[0];
            var hit = Find(request);
            var rest = request.Reached - hit.Count;
            _full = !HasSeat(request) || rest + Expected(request) >= Pool.Free - hit.Count(Pool.IsFree) - reserved;
            if (_full || (rest >= prefillLeft && Batch.Count > 0)) break;
            var tokens = Math.Min(rest, chunkLeft);
            Admit(request, hit, tokens);
            Batch.Add((request, tokens));
            if (tokens < rest) _chunked = request;
            else reserved += Expected(request);
            prefillLeft -= tokens;
            chunkLeft -= tokens;
        }
    }

    private void Retract(List<PlainRequest> decodes)
    {
        for (var first = true; decodes.Count > 1 && (first || Pool.Free < decodes.Count * 20); first = false)
        {
            var victim = decodes.OrderBy(r => r.Generated).ThenByDescending(r => r.Request.PromptTokens).ThenByDescending(r => r.Order).First();
            decodes.Remove(victim);
            Preempt(victim, toBack: true);
        }

        if (decodes.Count > Pool.Free && _chunked is { } prompt)
        {
            _chunked = null;
            Preempt(prompt, toBack: true);
        }

        SetRatio(Math.Min(1, (Running.Sum(r => (double)r.Generated) + 20 * Running.Count) / (Running.Sum(r => (double)r.OutputTokens) + 1)));
        _full = false;
    }

    private double Expected(PlainRequest r) =>
        Math.Min(r.OutputTokens - r.Generated, C.EstimatedNewTokens) + (r.IsBranched ? 0 : r.Request.MoreOutputTokens.ToArray().Sum(o => (double)Math.Min(o, C.EstimatedNewTokens)));

    private void SetRatio(double ratio)
    {
        _base = ratio;
        _decodes = 0;
    }
}
