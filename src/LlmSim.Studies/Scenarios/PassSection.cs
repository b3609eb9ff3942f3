using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>A single forward pass.</summary>
public sealed record PassSection
{
    /// <summary>Whether prompts are processed ("prefill"), one token is generated for each sequence ("decode"), or both: prompts and then all output tokens ("generate").</summary>
    [OneOf("prefill", "decode", "generate")]
    public string Phase { get; init; } = "decode";

    /// <summary>Sequences.</summary>
    [Bounds(1, 1e6)]
    public int Batch { get; init; } = 1;

    /// <summary>Tokens of each prompt (prefill, generate).</summary>
    [Bounds(1, 1e8)]
    public int Prompt { get; init; } = 2048;

    /// <summary>Tokens in the cache before this one (decode).</summary>
    [Bounds(0, 1e8)]
    public int Context { get; init; } = 2048;

    /// <summary>Tokens that each sequence generates (generate); decode passes take what they take at the mean context.</summary>
    [Bounds(1, 1e6)]
    public int Output { get; init; } = 32;

    /// <summary>Equal parts of the batch that follow each other through the pipeline's stages.</summary>
    [Bounds(1, 1024)]
    public int MicroBatches { get; init; } = 1;

    /// <summary>Prompt tokens of one more sequence that a decode pass processes beside its decodes (chunked prefill, dynamic splitting); 0 for none.</summary>
    [Bounds(0, 1e6)]
    public int Chunk { get; init; }

    /// <summary>Layers that run, the first ones: fewer than the model's for early exit or skipped layers; by default all. Weights and cache are counted for them only.</summary>
    [Bounds(1, 100000)]
    public int? Layers { get; init; }

    /// <summary>
    /// Share of the feed-forward neurons that each token uses (contextual sparsity); 1 for all. A batch reads those of all its tokens. For ideal times, and devices that do not share operators.
    /// </summary>
    [Bounds(0.0001, 1)]
    public double ActiveNeurons { get; init; } = 1;

    /// <summary>
    /// Whether attention is one kernel that reads keys and values once ("fused"), or once for each block of queries that fits on chip ("blocked", FlashAttention without a cache behind it), or scores
    /// pass through memory ("unfused").
    /// </summary>
    [OneOf("fused", "blocked", "unfused")]
    public string Attention { get; init; } = "fused";

    /// <summary>Further operators to fuse; none by default.</summary>
    [OneOf("qkv", "gate-up", "norm", "activation", "residual")]
    public IReadOnlyList<string> Fusions { get; init; } = [];

    /// <summary>Whether kernels run one after another ("one"), or matrix work, vector work, other units and links each in a stream of its own, as far as the data flow allows ("per-unit").</summary>
    [OneOf("one", "per-unit")]
    public string Streams { get; init; } = "one";

    /// <summary>Time to launch each kernel from the host, in seconds; 0 for captured graphs, and where operator times contain it.</summary>
    [Bounds(0, 1)]
    public double LaunchSeconds { get; init; }

    /// <summary>How the allocator rounds buffers: "exact", PyTorch's 512 bytes, or the driver's pages of 2 MiB.</summary>
    [OneOf("@allocators")]
    public string Allocator { get; init; } = "exact";

    /// <summary>How work and memory are counted: as an engine does it, or as the survey's tool LLM-Viewer does (ideal times, one device).</summary>
    [OneOf("standard", "llm-viewer")]
    public string Rules { get; init; } = "standard";

    /// <summary>A published or measured throughput of this very pass, in tokens per second, to stand beside the predicted one.</summary>
    [Bounds(1e-9, 1e12)]
    public double? Published { get; init; }
}
