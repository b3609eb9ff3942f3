using LlmSim.Execution.Passes;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Kernel.Time;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.StepCosts;

/// <summary>
/// The step cost of a pass whose operators run one after another on one stream: the sum of their times. Each operator's time is rounded to
/// picoseconds, as the schedule does, and the pass to nanoseconds once. Identical layers are computed once; operators that follow only the
/// tokens T or the sampled positions L are memoised by them, so that a decode iteration evaluates attention and nothing else.
/// </summary>
/// <remarks>Keeps a memo and no other state: results are a function of the batch alone. Not for use by several threads at once.</remarks>
public sealed class CompiledStepCost : IStepCost
{
    // Beyond this many tokens a pass takes milliseconds, and neither memory nor time is saved by remembering it.
    private const int MemoLimit = 1 << 16;

    private readonly Term[] _byTokens, _bySampled, _byTokensAndSampled, _bySequences, _byNothing;
    private readonly long _constant;
    private readonly ITimeModel _time;
    private readonly Precision _precision;
    private long[] _tokenMemo = NewMemo(512), _sampledMemo = NewMemo(512);

    /// <summary>Compiles a model on one device.</summary>
    /// <param name="model">What one device executes; already sharded where several share the work.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="time">The device's operator times.</param>
    public CompiledStepCost(LanguageModel model, Precision precision, ITimeModel time)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(time);
        (_time, _precision) = (time, precision);
        Needs = ForwardPass.Needs(model, time);
        var terms = Fold(model);
        _byTokens = With(terms, BatchDependence.Tokens);
        _bySampled = With(terms, BatchDependence.SampledPositions);
        _byTokensAndSampled = With(terms, BatchDependence.Tokens | BatchDependence.SampledPositions);
        _bySequences = [.. terms.Where(t => t.Spec.DependsOn.HasFlag(BatchDependence.Sequences))];
        _byNothing = With(terms, BatchDependence.None);
        _constant = Constant();
    }

    private CompiledStepCost(CompiledStepCost other, ITimeModel time)
    {
        (_time, _precision, Needs) = (time, other._precision, other.Needs);
        (_byTokens, _bySampled, _byTokensAndSampled, _bySequences, _byNothing) = (other._byTokens, other._bySampled, other._byTokensAndSampled, other._bySequences, other._byNothing);
        _constant = Constant();
    }

    /// <inheritdoc/>
    public BatchNeeds Needs { get; }

    /// <summary>The same pass for another simulation, perhaps on another thread: what was compiled is shared, memo and time model are its own.</summary>
    /// <param name="time">Times that are equal to those it was compiled with.</param>
    public CompiledStepCost Fresh(ITimeModel time)
    {
        ArgumentNullException.ThrowIfNull(time);
        return new(this, time);
    }

    /// <inheritdoc/>
    public long Nanoseconds(in BatchShape batch) => Tick.PicosecondsToNanoseconds(Picoseconds(batch));

    /// <summary>Duration of one forward pass before it is rounded to nanoseconds; 0 for an empty batch.</summary>
    public long Picoseconds(in BatchShape batch)
    {
        var tokens = batch.Tokens;
        if (tokens == 0) return 0;
        var sum = _constant + Memoised(ref _tokenMemo, tokens, _byTokens, batch) + Memoised(ref _sampledMemo, batch.SampledPositions, _bySampled, batch);
        if (_byTokensAndSampled.Length > 0) sum += Picoseconds(_byTokensAndSampled, batch);
        return sum + Picoseconds(_bySequences, batch);
    }

    private long Memoised(ref long[] memo, long key, Term[] terms, in BatchShape batch)
    {
        if (terms.Length == 0) return 0;
        if ((ulong)key < (ulong)memo.Length)
        {
            var known = memo[key];
            if (known >= 0) return known;
        }
        else if (key < MemoLimit)
        {
            Grow(ref memo, key);
        }
        else
        {
            return Picoseconds(terms, batch);
        }

        return memo[key] = Picoseconds(terms, batch);
    }

    // Whatever follows nothing of the batch is the same for a batch of one token.
    private long Constant() => Picoseconds(_byNothing, BatchShape.UniformDecode(1, 0, Needs));

    private static void Grow(ref long[] memo, long key)
    {
        var larger = NewMemo((int)Math.Min(MemoLimit, Math.Max(key + 1, 2L * memo.Length)));
        memo.CopyTo(larger, 0);
        memo = larger;
    }

    private static long[] NewMemo(int length)
    {
        var memo = new long[length];
        Array.Fill(memo, -1);
        return memo;
    }

    private long Picoseconds(Term[] terms, in BatchShape batch)
    {
        long sum = 0;
        foreach (var term in terms)
        {
            var seconds = _time.Time(term.Spec, term.Spec.Work(batch, _precision), batch, _precision).Seconds;
            sum = checked(sum + term.Count * Tick.Picosecond.FromSeconds(seconds));
        }

        return sum;
    }

    /// <summary>Equal operators become one term, wherever in the pass they stand: q_proj and o_proj of all layers, say.</summary>
    private static List<Term> Fold(LanguageModel model)
    {
        var terms = new List<Term>();
        var places = new Dictionary<OperatorSpec, int>();
        foreach (var group in model.Groups)
        {
            foreach (var step in group.Operators)
            {
                if (places.TryGetValue(step.Spec, out var place))
                {
                    terms[place] = terms[place] with { Count = terms[place].Count + group.Count };
                }
                else
                {
                    places.Add(step.Spec, terms.Count);
                    terms.Add(new Term(step.Spec, group.Count));
                }
            }
        }

        return terms;
    }

    private static Term[] With(List<Term> terms, BatchDependence dependence) => [.. terms.Where(t => t.Spec.DependsOn == dependence)];

    /// <summary>Operators that are equal, and how many of them a pass runs.</summary>
    private readonly record struct Term(OperatorSpec Spec, long Count);
}
