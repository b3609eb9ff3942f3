using LlmSim.Serving.KvCaches;
using LlmSim.Workloads.Requests;

namespace LlmSim.Serving.Engines;

/// <summary>
/// A request inside an engine. While it belongs to a <see cref="DecodeSet"/> its counts are not touched in every iteration; they follow
/// from the steps that the set has made since it joined.
/// </summary>
internal sealed class Sequence
{
    private int _computed;
    private int _generated;
    private long _blocks;

    public Request Request { get; set; } = null!;

    /// <summary>Tokens that its output shall have.</summary>
    public int OutputTokens { get; private set; }

    /// <summary>What it shares with the other outputs of its prompt, once that is computed; null for a request with one output.</summary>
    public SampledPrompt? Prompt { get; set; }

    /// <summary>Whether it still holds blocks together with them.</summary>
    public bool SharesBlocks { get; set; }

    /// <summary>Whether it has yet to write into the last block that they share.</summary>
    public bool Unwritten { get; set; }

    /// <summary>Lengths of the outputs that will be sequences beside this one when its prompt is computed.</summary>
    public ReadOnlySpan<int> MoreOutputs => Prompt is null ? Request.MoreOutputTokens.Span : default;

    /// <summary>Seats that it takes: one for each output.</summary>
    public int Seats => 1 + MoreOutputs.Length;

    /// <summary>Tokens whose keys and values are in the cache.</summary>
    public int Computed
    {
        get => Set is null ? _computed : _computed + (int)(Set.Step - JoinStep);
        set => _computed = value;
    }

    /// <summary>Output tokens produced.</summary>
    public int Generated
    {
        get => Set is null ? _generated : _generated + (int)(Set.Step - JoinStep);
        set => _generated = value;
    }

    /// <summary>Tokens that exist: the prompt and what was generated. The last one's keys and values are yet to be computed.</summary>
    public int Reached => Request.PromptTokens + Generated;

    /// <summary>KV blocks held, shared ones included.</summary>
    public long Blocks
    {
        get => Set is not { Paged: true } ? _blocks : Set.BlocksFor(this);
        set => _blocks = value;
    }

    /// <summary>The set that it decodes in; null while it prefills, waits or is parked.</summary>
    public DecodeSet? Set { get; set; }

    /// <summary>The set's step at which it joined.</summary>
    public long JoinStep { get; set; }

    /// <summary>Distinguishes this membership from earlier ones of the same object.</summary>
    public long Ticket { get; set; }

    /// <summary>When its latest token appeared, valid outside a set.</summary>
    public long LastTokenTime { get; set; }

    /// <summary>Set step whose growth was already granted to it one by one; see <see cref="DecodeSet.GrowOne"/>.</summary>
    public long GrownStep { get; set; } = -1;

    /// <summary>The lane in which it runs, or ran last.</summary>
    public Lane? Lane { get; set; }

    /// <summary>Place in the order of running; larger is further to the tail.</summary>
    public long Order { get; set; }

    public Sequence? Previous { get; set; }

    public Sequence? Next { get; set; }

    /// <summary>The list it stands in.</summary>
    public SequenceList? List { get; set; }

    /// <summary>Key in a sorted waiting queue.</summary>
    public double QueueKey { get; set; }

    /// <summary>What it left in the prefix cache when it was preempted, and what it holds there.</summary>
    public CachedBlocks Cached;

    public long FirstScheduled { get; set; } = -1;

    public long FirstToken { get; set; } = -1;

    public int Preemptions { get; set; }

    public int CachedTokens { get; set; }

    public long RecomputedTokens { get; set; }

    /// <summary>Host blocks held while swapped out.</summary>
    public long SwappedBlocks { get; set; }

    /// <summary>Whether its request came after another's.</summary>
    public bool ArrivedAfter(Sequence other) =>
        Request.ArrivalNanoseconds != other.Request.ArrivalNanoseconds ? Request.ArrivalNanoseconds > other.Request.ArrivalNanoseconds : Request.Id > other.Request.Id;

    /// <summary>Becomes a further output of a prompt that another sequence has just computed.</summary>
    public void Branch(Sequence from, int outputTokens)
    {
        Reset(from.Request);
        OutputTokens = outputTokens;
        Prompt = from.Prompt;
        _computed = from.Computed;
        _generated = from.Generated;
        LastTokenTime = from.LastTokenTime;
        FirstScheduled = from.FirstScheduled;
        FirstToken = from.FirstToken;
    }

    /// <summary>Makes a used object as good as new; its block array is kept.</summary>
    public void Reset(Request request)
    {
        Request = request;
        OutputTokens = request.OutputTokens;
        Prompt = null;
        SharesBlocks = Unwritten = false;
        Set = null;
        Lane = null;
        _computed = _generated = 0;
        _blocks = 0;
        LastTokenTime = 0;
        GrownStep = -1;
        Order = 0;
        QueueKey = 0;
        Cached.Reset();
        FirstScheduled = FirstToken = -1;
        Preemptions = CachedTokens = 0;
        RecomputedTokens = SwappedBlocks = 0;
    }
}
