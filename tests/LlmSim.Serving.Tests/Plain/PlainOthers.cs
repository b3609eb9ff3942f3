using LlmSim.Execution.StepCosts;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Tests.Plain;

/// <summary>Static batching and ORCA, which reserve the maximum length.</summary>
internal sealed class PlainReserving(EngineConfiguration c, IStepCost cost, IEnumerable<Request> requests, bool whole) : PlainEngine(c, cost, requests)
{
    private readonly List<int> _held = [];

    protected override bool Paged => false;

    protected override bool CanEverHold(PlainRequest r) => Reserve(r) <= C.KvBlocks;

    protected override void Schedule()
    {
        foreach (var request in Running) Batch.Add((request, 1));
        if (whole && Running.Count > 0) return;
        Pool.Release(_held);
        while (Waiting.Count > 0 && HasSeat(Waiting[0]) && Reserve(Waiting[0]) <= Pool.Free)
        {
            var request = Waiting[0];
            Waiting.RemoveAt(0);
            for (var i = Reserve(request); i > 0; i--) request.Blocks.Add(Pool.Take());
            Start(request, byArrival: false);
            Batch.Add((request, request.Reached));
        }
    }

    protected override void Finished(PlainRequest request)
    {
        if (!whole)
        {
            base.Finished(request);
            return;
        }

        _held.AddRange(request.Blocks);
        request.Blocks.Clear();
        if (Running.Count == 0) Pool.Release(_held);
    }

    private int Reserve(PlainRequest r) => r.Seats * BlocksOf(Math.Max(C.MaxLength, r.Request.PromptTokens + r.OutputTokens));
}

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
