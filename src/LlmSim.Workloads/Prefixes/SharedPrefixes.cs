using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Prefixes;

/// <summary>
/// System prompts that many requests begin with. A request that takes part gets one of the prefixes put before its own prompt; popular ones
/// are taken more often (Zipf: the k-th with weight k^−skew).
/// </summary>
public sealed class SharedPrefixes
{
    /// <summary>Tokens that one block identity stands for.</summary>
    public const int BlockTokens = 16;

    private readonly int _tokens;
    private readonly double _share;
    private readonly RandomStream _chance;
    private readonly double[] _upTo;
    private readonly long[]?[] _blocks;

    /// <summary>A set of prefixes.</summary>
    /// <param name="groups">Different prefixes, at least 1.</param>
    /// <param name="tokens">Tokens of each, at least 1.</param>
    /// <param name="share">Share of requests that begin with one, from 0 to 1.</param>
    /// <param name="skew">Zipf exponent, at least 0; 0 makes all equally popular.</param>
    /// <param name="chance">Where choices come from.</param>
    public SharedPrefixes(int groups, int tokens, double share, double skew, RandomStream chance)
    {
        _tokens = tokens;
        _share = share;
        _chance = chance;
        _blocks = new long[groups][];
        _upTo = new double[groups];
        var sum = 0.0;
        for (var i = 0; i < groups; i++) _upTo[i] = sum += Math.Pow(i + 1, -skew);
    }

    /// <summary>Tokens of a prefix.</summary>
    public int Tokens => _tokens;

    /// <summary>Puts a prefix before a row's prompt, or leaves the row as it is.</summary>
    public void Put(ref TraceRow row)
    {
        var group = Draw();
        if (group < 0) return;
        row.PromptTokens += _tokens;
        row.PrefixBlocks = Blocks(group);
        row.PrefixBlockTokens = BlockTokens;
    }

    /// <summary>Chooses a prefix; -1 for none.</summary>
    internal int Draw()
    {
        if (_chance.NextDouble() >= _share) return -1;
        if (_upTo.Length == 1) return 0;
        var at = Array.BinarySearch(_upTo, _chance.NextDouble() * _upTo[^1]);
        return Math.Min(at < 0 ? ~at : at + 1, _upTo.Length - 1);
    }

    /// <summary>Identities of a prefix's full blocks.</summary>
    internal ReadOnlyMemory<long> Blocks(int group)
    {
        if (_blocks[group] is { } known) return known;
        var blocks = new long[_tokens / BlockTokens];
        for (var i = 0; i < blocks.Length; i++) blocks[i] = StableIdentity.Of(-2 - group, i);
        return _blocks[group] = blocks;
    }
}
