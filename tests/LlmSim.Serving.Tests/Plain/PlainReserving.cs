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
            Start(request);
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
