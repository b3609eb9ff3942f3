using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Kernel.Chance;

namespace LlmSim.Execution.Tests.Samples;

/// <summary>Random language models and batches: any data flow that an import could come to.</summary>
internal static class RandomModel
{
    public static LanguageModel Model(RandomStream random)
    {
        var layers = 1 + random.NextInt(6);
        var kinds = 1 + random.NextInt(2);
        var groups = Enumerable.Range(0, kinds)
            .Select(kind => Group(random, $"layer {kind}", [.. Enumerable.Range(0, layers).Where(i => i % kinds == kind)], RowSource.Tokens))
            .Where(g => g.Layers.Count > 0).ToList();
        return new LanguageModel
        {
            Name = "random",
            Prologue = random.NextInt(3) == 0 ? null : Group(random, "embedding", [], RowSource.Tokens),
            LayerGroups = groups,
            Epilogue = random.NextInt(3) == 0 ? null : Group(random, "head", [], RowSource.SampledPositions),
            HiddenSize = 64,
        };
    }

    public static LayerGroup Group(RandomStream random, string name, IReadOnlyList<int> layers, RowSource rows)
    {
        var operators = new List<Operator>();
        var values = new List<ActivationValue> { Value(random, 0) };
        var count = 1 + random.NextInt(9);
        for (var i = 0; i < count; i++)
        {
            var inputs = Enumerable.Range(0, 1 + random.NextInt(3)).Select(_ => random.NextInt(values.Count)).Distinct().ToList();
            var outputs = new List<int>();
            for (var o = random.NextInt(3); o >= 0; o--)
            {
                outputs.Add(values.Count);
                values.Add(Value(random, values.Count));
            }

            operators.Add(new Operator($"op{i}", Spec(random, rows), inputs, outputs));
        }

        return new LayerGroup(name, layers, operators, values, operators[^1].Outputs[^1]);
    }

    public static BatchShape Batch(RandomStream random, BatchNeeds needs)
    {
        var batch = default(BatchShape);
        for (var i = random.NextInt(4); i > 0; i--) batch.Prefill.Add(random.NextInt(500), 2 + random.NextInt(700), needs);
        for (var i = random.NextInt(20); i > 0; i--) batch.Decode.Add(random.NextInt(4000), 1, needs);
        if (batch.Tokens == 0) batch.Decode.Add(random.NextInt(4000), 1, needs);
        batch.SampledPositions = batch.Decode.Sequences + random.NextInt(1 + (int)batch.Prefill.Sequences);
        return batch;
    }

    private static ActivationValue Value(RandomStream random, int index) => new(
        $"v{index}", random.NextInt(5000), random.NextInt(4) == 0 ? random.NextInt(5000) : 0, random.NextInt(6) == 0 ? random.NextInt(8) : 0,
        random.NextInt(6) == 0 ? random.NextInt(100) : 0, random.NextInt(6) == 0 ? random.NextInt(1000) : 0);

    private static OperatorSpec Spec(RandomStream random, RowSource rows) => random.NextInt(4) switch
    {
        0 => new PairsOfTokens(1 + random.NextInt(64), 1 + random.NextInt(128)),
        1 => new FixedWork(1 + random.NextInt(1_000_000)),
        _ => new Linear(64 * (1 + random.NextInt(3)), 64 * (1 + random.NextInt(3)), random.NextInt(2) == 0, new WeightFormat(NumberFormat.Fp16), rows),
    };

    /// <summary>Work as attention has it.</summary>
    public sealed record PairsOfTokens(int Heads, int HeadSize) : OperatorSpec
    {
        public override double KvElementsPerToken => 2.0 * Heads * HeadSize;

        public override OperatorWork Work(in BatchShape batch, in Precision precision) => new()
        {
            MatrixFlops = 4.0 * Heads * HeadSize * batch.Pairs,
            VectorFlops = 5.0 * Heads * batch.Pairs,
            KvReadBytes = KvElementsPerToken * batch.ContextTokens * precision.KvCache.Bytes(),
            ActivationReadBytes = batch.Tokens * Heads * HeadSize * precision.Activations.Bytes(),
        };
    }

    /// <summary>The same for every batch.</summary>
    public sealed record FixedWork(double Bytes) : OperatorSpec
    {
        public override BatchDependence DependsOn => BatchDependence.None;

        public override OperatorWork Work(in BatchShape batch, in Precision precision) => new() { ActivationReadBytes = Bytes };
    }
}
