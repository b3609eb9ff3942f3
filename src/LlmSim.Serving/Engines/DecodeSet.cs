using LlmSim.Graphs.Batches;
using LlmSim.Serving.KvCaches;
using LlmSim.Serving.Results;

namespace LlmSim.Serving.Engines;

/// <summary>
/// The sequences that decode together: each step gives every one of them a token, at a cost that does not depend on how many they are.
/// The sums of the batch advance as wholes; heaps say at which step somebody finishes or leaves its window; and since a sequence needs a
/// block every <c>blockTokens</c> steps, how many need one now follows from counting members by (context − step) mod blockTokens.
/// </summary>
internal sealed class DecodeSet
{
    private readonly BatchNeeds _needs;
    private readonly int _blockTokens;
    private readonly TokenGaps _gaps;
    private readonly PhaseCounts _growth;
    private readonly PhaseCounts _releases;
    private readonly PhaseCounts _rounding;
    private readonly StepHeap _slides;
    private readonly int _window;
    private readonly StepHeap _finishes;
    private readonly StepHeap _fills;
    private readonly StepHeap _longest;
    private readonly StepHeap _shortest;
    private readonly StepHeap[] _windowEnds;
    private readonly long[] _windowGrowing;
    private readonly List<FreshGroup> _fresh = [];
    private readonly List<Sequence> _unwritten = [];
    private BatchShape _shape;
    private long _tickets;
    private long _lastStepTime;
    private int _settled;
    private bool _grown;

    /// <summary>An empty set.</summary>
    /// <param name="needs">Sums that the step cost reads.</param>
    /// <param name="blockTokens">Tokens of a KV block.</param>
    /// <param name="paged">Whether blocks are taken as contexts grow; false where they were reserved on admission.</param>
    /// <param name="window">Tokens after which blocks are given back; 0 for never.</param>
    /// <param name="gaps">Where the times between tokens go.</param>
    public DecodeSet(BatchNeeds needs, int blockTokens, bool paged, int window, TokenGaps gaps)
    {
        _window = paged ? window : 0;
        _releases = new PhaseCounts(blockTokens);
        _slides = new StepHeap(this);
        _needs = needs;
        _blockTokens = blockTokens;
        _gaps = gaps;
        Paged = paged;
        _growth = new PhaseCounts(blockTokens);
        _rounding = new PhaseCounts(needs.PastRounding);
        _finishes = new StepHeap(this);
        _fills = new StepHeap(this);
        _longest = new StepHeap(this);
        _shortest = new StepHeap(this);
        _windowEnds = [.. needs.Windows.Select(_ => new StepHeap(this))];
        _windowGrowing = new long[needs.Windows.Count];
    }

    public bool Paged { get; }

    public int Count { get; private set; }

    /// <summary>Steps made.</summary>
    public long Step { get; private set; }

    /// <summary>The batch that the next step is, nothing but this set's decodes.</summary>
    public ref readonly BatchShape Shape => ref _shape;

    /// <summary>Step at which the next member finishes, or earlier when a former member would have.</summary>
    public long NextFinish => _finishes.NextStep;

    /// <summary>Step whose allocation next completes a block that the prefix cache can name, or earlier.</summary>
    public long NextFill => _fills.NextStep;

    /// <summary>Blocks that the members need for step <paramref name="step"/>, the next one if some have yet to write after a shared prompt.</summary>
    public long BlocksNeeded(long step) => !Paged ? 0 : _unwritten.Count == 0 ? _growth.At(step) : _growth.At(step) + Copies();

    /// <summary>Blocks that members give back before step <paramref name="step"/>, the next to come, because their windows have passed them.</summary>
    public long BlocksReleased(long step) => _window > 0 ? _releases.At(step) : 0;

    /// <summary>Takes a sequence in whose next token is to be decoded; its <see cref="Sequence.LastTokenTime"/> says when the last one appeared.</summary>
    public void Join(Sequence sequence)
    {
        var past = sequence.Computed;
        var finish = Step + (sequence.OutputTokens - sequence.Generated);
        sequence.Set = this;
        sequence.JoinStep = Step;
        sequence.Ticket = ++_tickets;
        Count++;
        _growth.Change(past - Step, 1);
        if (_needs.PastRounding > 1) _rounding.Change(past - Step, 1);
        _finishes.Push(finish, sequence, Count);
        _longest.Push(Step - past, sequence, Count);
        if (_needs.MinContext) _shortest.Push(past - Step, sequence, Count);
        _shape.Decode.Add(past, 1, _needs);
        if (!_needs.MinContext) _shape.Decode.MinContext = 0;
        _shape.SampledPositions = Count;
        for (var i = 0; i < _windowEnds.Length; i++)
        {
            if (past + 1 >= _needs.Windows[i]) continue;
            _windowGrowing[i]++;
            _windowEnds[i].Push(Step + _needs.Windows[i] - 1 - past, sequence, Count);
        }

        if (_window > 0 && past < _window) _slides.Push(Step + _window - past, sequence, Count);
        else if (_window > 0) _releases.Change(past - _window + 1 - Step, 1);
        AddFresh(sequence.LastTokenTime);
        if (sequence.Unwritten) _unwritten.Add(sequence);
    }

    /// <summary>Asks for a member to be given by <see cref="PopFill"/> when it is about to fill its next block, <paramref name="ahead"/> steps from now at the earliest.</summary>
    public void WatchFills(Sequence sequence, int ahead)
    {
        var past = sequence.Computed + ahead;
        _fills.Push(Step + ahead + (_blockTokens - 1 - past % _blockTokens), sequence, Count);
    }

    /// <summary>Takes a sequence out, its own counts brought up to date.</summary>
    public void Leave(Sequence sequence)
    {
        var past = sequence.Computed;
        var generated = sequence.Generated;
        var blocks = sequence.Blocks;
        if (sequence.JoinStep == Step)
        {
            RemoveFresh(sequence.LastTokenTime);
        }
        else
        {
            sequence.LastTokenTime = _lastStepTime;
            _settled--;
        }

        if (_unwritten.Count > 0) _unwritten.Remove(sequence);
        sequence.Set = null;
        sequence.Computed = past;
        sequence.Generated = generated;
        sequence.Blocks = blocks;
        sequence.GrownStep = -1;
        Count--;
        _growth.Change(past - Step, -1);
        if (_needs.PastRounding > 1) _rounding.Change(past - Step, -1);
        if (_window > 0 && past >= _window) _releases.Change(past - _window + 1 - Step, -1);
        Subtract(past);
        for (var i = 0; i < _windowEnds.Length; i++)
            if (past + 1 < _needs.Windows[i]) _windowGrowing[i]--;
        _longest.CleanTop();
        _shape.Decode.MaxContext = Count == 0 ? 0 : Step - _longest.NextStep + 1;
        _shortest.CleanTop();
        _shape.Decode.MinContext = Count == 0 || !_needs.MinContext ? 0 : Step + _shortest.NextStep + 1;
    }

    /// <summary>One step that ended at <paramref name="now"/>: a token for every member.</summary>
    public void Advance(long now)
    {
        if (_settled > 0) _gaps.Add(now - _lastStepTime, _settled);
        if (_fresh.Count > 0)
        {
            foreach (var group in _fresh) _gaps.Add(now - group.Time, group.Count);
            _fresh.Clear();
        }

        _settled = Count;
        _lastStepTime = now;
        _shape.Decode.RoundedPastTokens += _needs.PastRounding > 1 ? _needs.PastRounding * _rounding.At(Step) : Count;
        Step++;
        _grown = false;
        _shape.Decode.ContextTokens += Count;
        _shape.Decode.Pairs += Count;
        if (Count > 0)
        {
            _shape.Decode.MaxContext++;
            if (_needs.MinContext) _shape.Decode.MinContext++;
        }

        if (_windowEnds.Length > 0) AdvanceWindows();
        while (_slides.TryPop(Step, out var sliding))
            if (sliding is not null) _releases.Change(1 - Step, 1); // its context is the window now
    }

    /// <summary>Takes the next member that has all its tokens; it still has to leave.</summary>
    public Sequence? PopFinished()
    {
        while (_finishes.TryPop(Step, out var sequence))
            if (sequence is not null) return sequence;
        return null;
    }

    /// <summary>Takes the next member that fills a block in the coming step.</summary>
    public Sequence? PopFill()
    {
        while (_fills.TryPop(Step, out var sequence))
            if (sequence is not null) return sequence;
        return null;
    }

    /// <summary>Whether one member needs a block for the coming step that it was not granted yet.</summary>
    public bool NeedsBlock(Sequence sequence) => KvCache.MustCopy(sequence) || (Paged && sequence.Computed % _blockTokens == 0 && sequence.GrownStep != Step);

    /// <summary>Whether one member gives a block back before the coming step and has not yet.</summary>
    public bool GivesBack(Sequence sequence) =>
        _window > 0 && sequence.Computed >= _window && (sequence.Computed - _window + 1) % _blockTokens == 0 && sequence.GrownStep != Step;

    /// <summary>Notes that every member was granted its block for the coming step.</summary>
    public void GrowAll(KvCache kv)
    {
        _grown = Count > 0;
        if (_unwritten.Count == 0) return;
        foreach (var sequence in _unwritten) kv.Write(sequence);
        _unwritten.Clear();
    }

    /// <summary>Notes that one member writes its first token after a shared prompt.</summary>
    public void Write(Sequence sequence, KvCache kv)
    {
        if (!sequence.Unwritten) return;
        kv.Write(sequence);
        _unwritten.Remove(sequence);
    }

    /// <summary>Notes that one member was granted its block for the coming step by itself.</summary>
    public void GrowOne(Sequence sequence) => sequence.GrownStep = Step;

    /// <summary>Blocks that a member holds.</summary>
    public long BlocksFor(Sequence sequence)
    {
        long computed = sequence.Computed;
        if (_grown || sequence.GrownStep == Step) computed++;
        var passed = _window == 0 ? 0 : Math.Max(0, computed - _window) / _blockTokens;
        return (computed + _blockTokens - 1) / _blockTokens - passed;
    }

    /// <summary>Copies that the members make when they write after shared prompts: all of a prompt's holders but the last.</summary>
    private long Copies()
    {
        var copies = 0;
        foreach (var sequence in _unwritten) sequence.Prompt!.Counting = sequence.Prompt.Unwritten;
        foreach (var sequence in _unwritten)
            if (sequence.Prompt!.Counting-- > 1) copies++;
        return copies;
    }

    private void Subtract(long past)
    {
        var gone = default(PhaseShape);
        gone.Add(past, 1, _needs);
        ref var decode = ref _shape.Decode;
        decode.Sequences -= gone.Sequences;
        decode.Tokens -= gone.Tokens;
        decode.ContextTokens -= gone.ContextTokens;
        decode.Pairs -= gone.Pairs;
        decode.ChunkSquares -= gone.ChunkSquares;
        decode.RoundedPastTokens -= gone.RoundedPastTokens;
        decode.Window0 = new WindowSums(decode.Window0.ContextTokens - gone.Window0.ContextTokens, decode.Window0.Pairs - gone.Window0.Pairs);
        decode.Window1 = new WindowSums(decode.Window1.ContextTokens - gone.Window1.ContextTokens, decode.Window1.Pairs - gone.Window1.Pairs);
        _shape.SampledPositions = Count;
    }

    private void AdvanceWindows()
    {
        ref var decode = ref _shape.Decode;
        decode.Window0 = new WindowSums(decode.Window0.ContextTokens + _windowGrowing[0], decode.Window0.Pairs + _windowGrowing[0]);
        if (_windowEnds.Length > 1)
            decode.Window1 = new WindowSums(decode.Window1.ContextTokens + _windowGrowing[1], decode.Window1.Pairs + _windowGrowing[1]);
        for (var i = 0; i < _windowEnds.Length; i++)
            while (_windowEnds[i].TryPop(Step, out var sequence))
                if (sequence is not null) _windowGrowing[i]--;
    }

    private void AddFresh(long time)
    {
        for (var i = 0; i < _fresh.Count; i++)
        {
            if (_fresh[i].Time != time) continue;
            _fresh[i] = new FreshGroup(time, _fresh[i].Count + 1);
            return;
        }

        _fresh.Add(new FreshGroup(time, 1));
    }

    private void RemoveFresh(long time)
    {
        for (var i = 0; i < _fresh.Count; i++)
        {
            if (_fresh[i].Time != time) continue;
            _fresh[i] = new FreshGroup(time, _fresh[i].Count - 1);
            if (_fresh[i].Count == 0) _fresh.RemoveAt(i);
            return;
        }
    }

    /// <summary>Members that joined since the last step and had their latest token at the same moment.</summary>
    private readonly record struct FreshGroup(long Time, int Count);

    /// <summary>Members counted by (context − step) mod m, so that those whose context is a multiple of m at some step are found at once.</summary>
    private readonly struct PhaseCounts(int modulus)
    {
        private readonly long[] _counts = new long[modulus];

        public void Change(long offset, long by) => _counts[Mod(offset)] += by;

        public long At(long step) => _counts[Mod(-step)];

        private long Mod(long value)
        {
            var rest = value % modulus;
            return rest < 0 ? rest + modulus : rest;
        }
    }
}
