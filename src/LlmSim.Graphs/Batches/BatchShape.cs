namespace LlmSim.Graphs.Batches;

/// <summary>One iteration's ragged batch, as the sums that decide its cost.</summary>
public record struct BatchShape
{
    /// <summary>Sequences that process prompt tokens.</summary>
    public PhaseShape Prefill;

    /// <summary>Sequences that produce one token each.</summary>
    public PhaseShape Decode;

    /// <summary>L: positions whose logits are computed; one for each sequence that finishes its prompt or decodes, unless all are asked for.</summary>
    public long SampledPositions { get; set; }

    /// <summary>T: new tokens of both phases.</summary>
    public readonly long Tokens => Prefill.Tokens + Decode.Tokens;

    /// <summary>Sequences of both phases.</summary>
    public readonly long Sequences => Prefill.Sequences + Decode.Sequences;

    /// <summary>Query-key pairs of both phases under causal attention.</summary>
    public readonly long Pairs => Prefill.Pairs + Decode.Pairs;

    /// <summary>Query-key pairs of both phases in dense score matrices.</summary>
    public readonly long DensePairs => Prefill.DensePairs + Decode.DensePairs;

    /// <summary>Tokens in the KV cache after this pass, over the sequences of the batch.</summary>
    public readonly long ContextTokens => Prefill.ContextTokens + Decode.ContextTokens;

    /// <summary>A prefill of equal prompts from an empty cache.</summary>
    /// <param name="sequences">Sequences, at least 1.</param>
    /// <param name="promptTokens">Tokens of each prompt, at least 1.</param>
    /// <param name="needs">What the cost model asks for.</param>
    /// <param name="allLogits">Whether logits of all positions are computed rather than one per sequence.</param>
    public static BatchShape UniformPrefill(int sequences, int promptTokens, BatchNeeds? needs = null, bool allLogits = false)
    {
        var batch = default(BatchShape);
        batch.Prefill.Add(0, promptTokens, needs ?? BatchNeeds.None, sequences);
        batch.SampledPositions = allLogits ? batch.Tokens : sequences;
        return batch;
    }

    /// <summary>A decode of equal contexts.</summary>
    /// <param name="sequences">Sequences, at least 1.</param>
    /// <param name="context">Tokens in each sequence's cache before this one, at least 0.</param>
    /// <param name="needs">What the cost model asks for.</param>
    public static BatchShape UniformDecode(int sequences, int context, BatchNeeds? needs = null)
    {
        var batch = default(BatchShape);
        batch.Decode.Add(context, 1, needs ?? BatchNeeds.None, sequences);
        batch.SampledPositions = sequences;
        return batch;
    }

    /// <summary>The even part of one of several devices that share the sequences; what does not divide is rounded up.</summary>
    /// <param name="devices">At least 1; 1 leaves the batch as it is.</param>
    public readonly BatchShape Part(int devices) => devices == 1 ? this
        : new BatchShape { Prefill = Prefill.Part(devices), Decode = Decode.Part(devices), SampledPositions = (SampledPositions + devices - 1) / devices };
}
