using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Parallelism;

/// <summary>Divides one layer group among the devices of a tensor-parallel group, operator by operator in data-flow order.</summary>
internal sealed class GroupSharding
{
    private readonly LanguageModel _model;
    private readonly LayerGroup _group;
    private readonly int _ranks;
    private readonly bool _spreadExperts;
    private readonly List<Operator> _operators = [];
    private readonly List<ActivationValue> _values = [];
    private readonly Held[] _held;
    private readonly string[] _producer;

    public GroupSharding(LanguageModel model, LayerGroup group, int ranks, bool spreadExperts)
    {
        (_model, _group, _ranks, _spreadExperts) = (model, group, ranks, spreadExperts);
        _held = new Held[group.Values.Count];
        _producer = new string[group.Values.Count];
        // Values keep their indexes; what collectives make is added behind them.
        _values.AddRange(group.Values);
        for (var i = 0; i < _held.Length; i++) (_held[i], _producer[i]) = (new Held(i, Sharding.Replicated, 1), "input");
    }

    public LayerGroup Run()
    {
        foreach (var step in _group.Operators)
        {
            foreach (var output in step.Outputs) _producer[output] = step.Name;
            Place(step);
        }

        return _group with { Operators = _operators, Values = _values, OutputValue = Completed(_group.OutputValue) };
    }

    private void Place(Operator step)
    {
        var staysPartial = step.Spec is ElementWise { Kind: ElementWiseKind.Add } && step.Inputs.All(i => _held[i].As == Sharding.Partial);
        if (!staysPartial)
            foreach (var input in step.Inputs)
                if (_held[input].As == Sharding.Partial) Completed(input);

        // The share of the columns that this device holds, after the first input that is divided.
        var share = step.Inputs.Select(i => _held[i]).Where(h => h.As == Sharding.Sharded).Select(h => (double?)h.Share).FirstOrDefault();
        var (spec, sharding, outputShare) = staysPartial ? (step.Spec, Sharding.Partial, 1) : Divide(step, share);
        _operators.Add(step with { Spec = spec, Inputs = [.. step.Inputs.Select(i => _held[i].Index)] });
        foreach (var output in step.Outputs)
        {
            _held[output] = new Held(output, sharding, outputShare);
            if (sharding == Sharding.Sharded) _values[output] = Scaled(_values[output], outputShare);
        }
    }

    private (OperatorSpec Spec, Sharding Sharding, double Share) Divide(Operator step, double? share)
    {
        var n = _ranks;
        switch (step.Spec)
        {
            case Linear linear when share is not null:
                return (linear with { Inputs = Part(linear.Inputs) }, Sharding.Partial, 1);
            case Linear linear:
                var outputs = ColumnsOf(linear, step);
                return outputs == linear.Outputs
                    ? (linear, Sharding.Replicated, 1)
                    : (linear with { Outputs = outputs }, Sharding.Sharded, (double)outputs / linear.Outputs);
            case Embedding embedding when embedding.Vocabulary == _model.VocabularySize:
                return (embedding with { Vocabulary = Part(embedding.Vocabulary) }, Sharding.Partial, 1);
            case MixtureOfExperts experts when _spreadExperts:
                // Every device holds all tokens and adds what its own experts make of them.
                return (experts with { Ranks = n }, Sharding.Partial, 1);
            case MixtureOfExperts experts:
                return (experts with { Intermediate = Part(experts.Intermediate) }, Sharding.Partial, 1);
            case Attention a when share is not null:
                return (a with { Heads = a.Heads / n, KvHeads = TensorParallel.KvHeadsPerRank(a.KvHeads, n) }, Sharding.Sharded, 1.0 / n);
            case MultiLatentAttention m when share is not null:
                return (m with { Heads = m.Heads / n }, Sharding.Sharded, 1.0 / n);
            case AttentionScores s when share is not null:
                return (s with { Heads = s.Heads / n, KvHeads = TensorParallel.KvHeadsPerRank(s.KvHeads, n) }, Sharding.Sharded, 1.0 / n);
            case AttentionValues v when share is not null:
                return (v with { Heads = v.Heads / n, KvHeads = TensorParallel.KvHeadsPerRank(v.KvHeads, n) }, Sharding.Sharded, 1.0 / n);
            case Softmax softmax when share is not null:
                return (softmax with { Heads = softmax.Heads / n }, Sharding.Sharded, 1.0 / n);
            case { } other when share is { } part:
                return (Narrowed(other, part), Sharding.Sharded, part);
            default:
                return (step.Spec, Sharding.Replicated, 1);
        }
    }

    /// <summary>An operator that treats its columns alike, on a part of them.</summary>
    private static OperatorSpec Narrowed(OperatorSpec spec, double share) => spec switch
    {
        Rotary r => r with { Heads = Math.Max(1, (int)Math.Round(r.Heads * share)) },
        Norm { RowsPerToken: > 1 } n => n with { RowsPerToken = Math.Max(1, (int)Math.Round(n.RowsPerToken * share)) },
        // A norm over all heads needs a sum over the devices as well; those few bytes are not counted.
        Norm n => n with { Width = Math.Max(1, (int)Math.Round(n.Width * share)) },
        ElementWise e => e with
        {
            Width = e.Width * share,
            ReadsPerRow = e.ReadsPerRow * share,
            FlopsPerRow = e.FlopsPerRow * share,
            WeightElements = e.WeightElements * share,
        },
        Copy c => new Copy(Scaled(c.Moved, share)),
        Unrecognised u => u with { Read = Scaled(u.Read, share), Written = Scaled(u.Written, share), Flops = Scaled(u.Flops, share) },
        _ => spec,
    };

    /// <summary>Columns of a matrix with replicated input that one device computes; all of them when the matrix is not divided.</summary>
    private int ColumnsOf(Linear linear, Operator step)
    {
        if (linear.Outputs == _model.VocabularySize && _group == _model.Epilogue) return Part(linear.Outputs);
        var end = ConsumerBehind(step.Outputs, []);
        return end switch
        {
            Attention a => HeadColumns(linear.Outputs, a.Heads, a.KvHeads, a.HeadDim, a.ValueHeadDim),
            AttentionScores s => HeadColumns(linear.Outputs, s.Heads, s.KvHeads, s.HeadDim, s.HeadDim),
            AttentionValues v => HeadColumns(linear.Outputs, v.Heads, v.KvHeads, v.ValueHeadDim, v.ValueHeadDim),
            MultiLatentAttention m => linear.Outputs == m.Heads * (m.NopeDim + m.RopeDim) ? linear.Outputs / _ranks : linear.Outputs,
            Linear when linear.Outputs % _ranks == 0 => linear.Outputs / _ranks,
            _ => linear.Outputs,
        };
    }

    /// <summary>Queries, keys, values or a packing of them, recognised by its width.</summary>
    private int HeadColumns(int outputs, int heads, int kvHeads, int keyDim, int valueDim)
    {
        var kvHere = TensorParallel.KvHeadsPerRank(kvHeads, _ranks);
        if (outputs == heads * keyDim) return outputs / _ranks;
        if (outputs == kvHeads * keyDim) return kvHere * keyDim;
        if (outputs == kvHeads * valueDim) return kvHere * valueDim;
        if (outputs == kvHeads * (keyDim + valueDim)) return kvHere * (keyDim + valueDim);
        if (outputs == heads * keyDim + kvHeads * (keyDim + valueDim)) return heads / _ranks * keyDim + kvHere * (keyDim + valueDim);
        return Part(outputs);
    }

    /// <summary>The attention, else the matrix, that some value reaches through operators that treat columns alike; null when it reaches neither.</summary>
    private OperatorSpec? ConsumerBehind(IEnumerable<int> values, HashSet<int> seen)
    {
        OperatorSpec? matrix = null;
        foreach (var value in values)
        {
            if (!seen.Add(value)) continue;
            foreach (var consumer in _group.Operators.Where(o => o.Inputs.Contains(value)))
            {
                var found = consumer.Spec switch
                {
                    Attention or AttentionScores or AttentionValues or MultiLatentAttention or Linear => consumer.Spec,
                    ElementWise or Rotary or Copy or Unrecognised or Norm => ConsumerBehind(consumer.Outputs, seen),
                    _ => null,
                };
                // A norm over the whole width needs all of it, unless it normalises queries or keys on their way to attention.
                if (consumer.Spec is Norm { RowsPerToken: 1 } && found is Linear or MultiLatentAttention) found = null;
                if (found is Attention or AttentionScores or AttentionValues or MultiLatentAttention) return found;
                matrix ??= found;
            }
        }

        return matrix;
    }

    /// <summary>Index of the value with every device holding all of it, by a collective where that is not so yet.</summary>
    private int Completed(int value)
    {
        var held = _held[value];
        if (held.As == Sharding.Replicated) return held.Index;
        var whole = _group.Values[value];
        var perRow = whole.PerSampled > 0 && whole.PerToken == 0 ? whole.PerSampled : whole.PerToken;
        var rows = whole.PerSampled > 0 && whole.PerToken == 0 ? RowSource.SampledPositions : RowSource.Tokens;
        var (kind, suffix) = held.As == Sharding.Partial ? (CollectiveKind.AllReduce, "all_reduce") : (CollectiveKind.AllGather, "all_gather");
        _values.Add(whole with { Name = $"{whole.Name} ({suffix.Replace('_', '-')})" });
        _operators.Add(new Operator($"{_producer[value]}_{suffix}", new Collective(kind, perRow, _ranks, rows), [held.Index], [_values.Count - 1]));
        _held[value] = new Held(_values.Count - 1, Sharding.Replicated, 1);
        return _values.Count - 1;
    }

    private int Part(int whole) => (whole + _ranks - 1) / _ranks;

    private static ActivationValue Scaled(ActivationValue value, double share) => value with
    {
        PerToken = value.PerToken * share,
        PerSampled = value.PerSampled * share,
        PerPair = value.PerPair * share,
        PerSequence = value.PerSequence * share,
        PerContextToken = value.PerContextToken * share,
        Constant = value.Constant * share,
    };

    private static Extent Scaled(Extent extent, double share) => new(
        extent.PerToken * share, extent.PerSampled * share, extent.PerPair * share, extent.PerSequence * share, extent.PerContextToken * share,
        extent.Constant * share);

    private readonly record struct Held(int Index, Sharding As, double Share);
}
