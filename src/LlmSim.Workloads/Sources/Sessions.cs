using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Prefixes;
using LlmSim.Workloads.Requests;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>How conversations go.</summary>
public sealed record SessionPlan
{
    /// <summary>Mean requests of a session, at least 1; the number is geometric.</summary>
    public double MeanTurns { get; init; } = 4;

    /// <summary>Share of follow-ups that a tool call precedes rather than a person, from 0 to 1.</summary>
    public double ToolShare { get; init; }

    /// <summary>A session ends before a request would need more tokens than this, at least 1.</summary>
    public int MaxContextTokens { get; init; } = 32768;
}

/// <summary>
/// Multi-turn conversations: each request's prompt is all that was said before, output included, plus what is new, so that a prefix cache can
/// reuse it. Sessions begin by an arrival process; a person thinks, or a tool runs, between a request's end and the next.
/// </summary>
public sealed class Sessions : IRequestRows, IFollowUps
{
    private readonly SessionPlan _plan;
    private readonly IArrivalProcess _starts;
    private readonly ILengths _lengths;
    private readonly SharedPrefixes? _prefixes;
    private readonly Pause _think;
    private readonly Pause _tool;
    private readonly RandomStream _chance;
    private readonly Dictionary<long, State> _states = [];
    private long _begun;

    /// <summary>A load of sessions.</summary>
    /// <param name="plan">How conversations go.</param>
    /// <param name="starts">When sessions begin.</param>
    /// <param name="lengths">New prompt tokens and output tokens of each request.</param>
    /// <param name="think">How long a person takes.</param>
    /// <param name="tool">How long a tool takes.</param>
    /// <param name="prefixes">What sessions begin with; null for nothing.</param>
    /// <param name="chance">Where the number of turns and the choice of tool or person come from.</param>
    public Sessions(
        SessionPlan plan, IArrivalProcess starts, ILengths lengths, Pause think, Pause tool, SharedPrefixes? prefixes, RandomStream chance)
    {
        _plan = plan;
        _starts = starts;
        _lengths = lengths;
        _think = think;
        _tool = tool;
        _prefixes = prefixes;
        _chance = chance;
    }

    /// <inheritdoc/>
    public bool Next(ref TraceRow row)
    {
        var start = _starts.Next();
        var session = _begun++;
        var group = _prefixes?.Draw() ?? -1;
        var state = new State { Client = start.Client, Tokens = group >= 0 ? _prefixes!.Tokens : 0 };
        if (group >= 0) state.Share(_prefixes!.Blocks(group).Span);
        row = new TraceRow { ArrivalNanoseconds = SimulatedTime.Nanoseconds(start), Session = session };
        Turn(state, ref row);
        _states.Add(session, state);
        return true;
    }

    /// <inheritdoc/>
    public bool Next(Request ended, ref TraceRow next)
    {
        if (!_states.TryGetValue(ended.Session, out var state)) return false;
        next.Session = ended.Session;
        // Geometric: every turn is the last one with probability 1 / mean.
        var goesOn = _chance.NextDouble() >= 1 / _plan.MeanTurns;
        var byTool = _chance.NextDouble() < _plan.ToolShare;
        if (goesOn) Turn(state, ref next);
        if (!goesOn || (long)next.PromptTokens + next.OutputTokens > _plan.MaxContextTokens)
        {
            _states.Remove(ended.Session);
            return false;
        }

        next.DelayNanoseconds = SimulatedTime.Nanoseconds((byTool ? _tool : _think).Next());
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private void Turn(State state, ref TraceRow row)
    {
        _lengths.Next(state.Client, out var fresh, out var output);
        row.PromptTokens = (int)Math.Min(state.Tokens + fresh, TraceFaults.MostTokens);
        row.OutputTokens = output;
        state.Tokens = (long)row.PromptTokens + output;
        row.PrefixBlocks = state.Blocks(row.Session);
        row.PrefixBlockTokens = SharedPrefixes.BlockTokens;
    }

    /// <summary>What was said so far. Text is only ever added, so a block's identity is its session and place (or its shared prefix).</summary>
    private sealed class State
    {
        private long[] _blocks = new long[16];
        private int _count;

        public int Client { get; init; }

        /// <summary>Tokens of the conversation, including the output under way.</summary>
        public long Tokens { get; set; }

        public void Share(ReadOnlySpan<long> prefix)
        {
            if (prefix.Length > _blocks.Length) Array.Resize(ref _blocks, prefix.Length * 2);
            prefix.CopyTo(_blocks);
            _count = prefix.Length;
        }

        public ReadOnlyMemory<long> Blocks(long session)
        {
            var full = (int)(Tokens / SharedPrefixes.BlockTokens);
            if (full > _blocks.Length) Array.Resize(ref _blocks, Math.Max(full, _blocks.Length * 2));
            for (; _count < full; _count++) _blocks[_count] = StableIdentity.Of(session, _count);
            return _blocks.AsMemory(0, full);
        }
    }
}
