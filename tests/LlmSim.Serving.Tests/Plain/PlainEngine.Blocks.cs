namespace LlmSim.Serving.Tests.Plain;

/// <summary>The numbered blocks that requests hold: how many they need, which they find by name, which they share.</summary>
internal abstract partial class PlainEngine
{
    public int Copied { get; private set; }

    protected virtual bool Paged => true;

    /// <summary>Blocks of a request with all its outputs complete, the prompt's full blocks held together.</summary>
    protected int Most(PlainRequest r, int unwritten = 1)
    {
        var shared = C.SlidingWindow == 0 ? r.Request.PromptTokens / C.BlockTokens : 0;
        return BlocksOf(r.Request.PromptTokens + r.OutputTokens - unwritten) + r.Request.MoreOutputTokens.ToArray().Sum(o => BlocksOf(r.Request.PromptTokens + o - unwritten) - shared);
    }

    protected int BlocksOf(int tokens) => (tokens + C.BlockTokens - 1) / C.BlockTokens;

    protected int Need(PlainRequest request, int tokens) => Held(request.Computed, tokens) - request.Blocks.Count + (MustCopy(request) ? 1 : 0);

    /// <summary>Whether the next token goes into a block that others hold too.</summary>
    private bool MustCopy(PlainRequest request) =>
        C.SlidingWindow == 0 && request.Computed % C.BlockTokens > 0 && request.Computed / C.BlockTokens < request.Blocks.Count && Pool.References(request.Blocks[request.Computed / C.BlockTokens]) > 1;

    protected int Held(int computed, int tokens) => BlocksOf(computed + tokens) - (C.SlidingWindow == 0 ? 0 : Math.Max(0, computed - C.SlidingWindow + 1) / C.BlockTokens);

    private void GiveBack(PlainRequest request, int blocks)
    {
        if (blocks <= 0) return;
        Pool.Release(request.Blocks.GetRange(0, blocks));
        request.Blocks.RemoveRange(0, blocks);
    }

    protected bool Extend(PlainRequest request, int tokens)
    {
        var need = Need(request, tokens);
        if (need > Pool.Free) return false;
        GiveBack(request, -need);
        if (MustCopy(request))
        {
            var at = request.Computed / C.BlockTokens;
            var copy = Pool.Take();
            Pool.Release([request.Blocks[at]]);
            request.Blocks[at] = copy;
            Copied++;
            need--;
        }

        for (var i = 0; i < need; i++) request.Blocks.Add(Pool.Take());
        Name(request, request.Computed + tokens);
        return true;
    }

    /// <summary>Growth under pressure as v0 and SARATHI do it: decode after decode, whoever came last giving way; whether anybody did.</summary>
    protected bool GrowDecodes(Action<PlainRequest> preempt)
    {
        var preempted = false;
        for (var i = 0; i < Running.Count; i++)
        {
            var request = Running[i];
            if (!request.Decodes) continue;
            while (Pool.Free < 1 && Running.Contains(request))
            {
                preempt(Newest());
                preempted = true;
            }

            if (!Running.Contains(request)) break;
            Extend(request, 1);
            Batch.Add((request, 1));
        }

        return preempted;
    }

    /// <summary>Full blocks among the first tokens get their keys.</summary>
    private void Name(PlainRequest request, int tokens)
    {
        if (!C.PrefixCache) return;
        for (var full = Math.Min(tokens, request.Reached) / C.BlockTokens; request.Named < full; request.Named++)
            Pool.Name(request.Blocks[request.Named], Key(request, request.Named));
    }

    protected (long, long, int) Key(PlainRequest request, int block)
    {
        var r = request.Request;
        var last = (long)(block + 1) * C.BlockTokens - 1;
        var begin = (r.PrefixBlocks.Length - 1L) * r.PrefixBlockTokens;
        var known = Math.Min(begin + r.PrefixBlockTokens, begin < r.PromptTokens || r.MoreOutputTokens.Length > 0 ? r.PromptTokens : r.PromptTokens + r.OutputTokens);
        return r.PrefixBlocks.Length > 0 && last < known ? (0, r.PrefixBlocks.Span[(int)(last / r.PrefixBlockTokens)], block) : (-1, request.Uid, block);
    }

    protected List<int> Find(PlainRequest request)
    {
        var hit = new List<int>();
        if (!C.PrefixCache) return hit;
        for (var k = 0; k < (request.Reached - 1) / C.BlockTokens && Pool.Find(Key(request, k)) is { } block; k++) hit.Add(block);
        return hit;
    }

    protected bool Fits(PlainRequest request, List<int> hit, int tokens, long watermark = 0) =>
        BlocksOf(hit.Count * C.BlockTokens + tokens) - hit.Count + hit.Count(Pool.IsFree) + watermark <= Pool.Free;

    /// <summary>The outputs of a prompt become sequences that hold its blocks together.</summary>
    private void Branch(PlainRequest first)
    {
        var seats = first.Seats;
        first.Root = first;
        first.Outputs.Add(first);
        foreach (var length in first.Request.MoreOutputTokens.ToArray().Where(length => length > 1))
        {
            first.Outputs.Add(new PlainRequest(first.Request)
            {
                Uid = -1000 * (first.Request.Id + 1) - first.Outputs.Count,
                Root = first,
                OutputTokens = length,
                Computed = first.Computed,
                Generated = first.Generated,
                FirstScheduled = first.FirstScheduled,
                FirstToken = first.FirstToken,
                LastToken = first.LastToken,
            });
        }

        var share = first.Blocks.Count / seats;
        if (Paged && C.SlidingWindow == 0)
        {
            first.HasUnnamed = Enumerable.Range(0, first.Computed / C.BlockTokens).Any(k => Key(first, k).Item1 < 0);
            foreach (var block in first.Blocks) if (first.HasUnnamed) Pool.ForgetIfPrivate(block);
        }

        foreach (var output in first.Outputs.Skip(1))
        {
            if (!Paged)
            {
                output.Blocks.AddRange(first.Blocks.GetRange(0, share));
                first.Blocks.RemoveRange(0, share);
            }
            else if (C.SlidingWindow == 0)
            {
                foreach (var block in first.Blocks) Pool.Touch(block);
                output.Blocks.AddRange(first.Blocks);
                output.Named = first.Named;
            }
            else if (first.Blocks.Count <= Pool.Free)
            {
                for (var i = 0; i < first.Blocks.Count; i++) output.Blocks.Add(Pool.Take());
                Copied += first.Blocks.Count;
            }
            else
            {
                output.Computed = 0;
                output.Preemptions++;
                Totals.Preemptions++;
                Insert(output);
                continue;
            }

            Start(output);
        }

        if (Paged && C.SlidingWindow == 0)
            foreach (var output in first.Outputs) output.SharesBlocks = true;
    }
}
