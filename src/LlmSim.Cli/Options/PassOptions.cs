using System.CommandLine;
using System.Globalization;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Plans;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Studies.Passes;

namespace LlmSim.Cli.Options;

/// <summary>The options of a forward pass: phase, batch, lengths, precision, counting.</summary>
internal sealed class PassOptions
{
    private const int MaxBatch = 1 << 20;
    private const int MaxLength = 1 << 27;
    private const int DefaultLength = 1024;

    private static readonly string[] s_phases = ["prefill", "decode", "generate"];
    private static readonly string[] s_attention = ["fused", "unfused", "blocked"];

    private readonly Option<string?> _phase = new("--phase") { Description = "prefill, decode, or generate: a prefill and all decodes after it (default: prefill with --prompt, else decode)", HelpName = "prefill|decode|generate" };
    private readonly Option<string?> _output = new("--output") { Description = "tokens that each sequence generates, with --phase generate (default 32)", HelpName = "N" };
    private readonly Option<string> _batch = new("--batch") { Description = "sequences: " + IntegerRange.Syntax, HelpName = "N", DefaultValueFactory = _ => "1" };
    private readonly Option<string?> _prompt = new("--prompt") { Description = "prompt tokens of each sequence, prefill and generate (default 1024)", HelpName = "N" };
    private readonly Option<string?> _context = new("--context") { Description = "tokens in each sequence's cache before this one, decode (default 1024)", HelpName = "N" };
    private readonly Option<string> _chunk = new("--chunk") { Description = "prompt tokens of one more sequence beside the decodes of a pass (chunked prefill)", HelpName = "N", DefaultValueFactory = _ => "0" };
    private readonly Option<string?> _weights = new("--weights") { Description = "weight storage: " + WeightFormats.Syntax + " (default: as the graph has it)", HelpName = "FORMAT" };
    private readonly Option<string?> _activations = new("--activations") { Description = "activations and arithmetic (default: as the graph has them)", HelpName = "FORMAT" };
    private readonly Option<string?> _kv = new("--kv") { Description = "KV cache (default: as the activations)", HelpName = "FORMAT" };
    private readonly Option<string?> _attention = new("--attention") { Description = "fused (one kernel, the default), blocked (keys and values once for each block of queries on chip) or unfused (scores pass through memory)", HelpName = "fused|blocked|unfused" };
    private readonly Option<string?> _streams = new("--streams") { Description = "one after another (the default), or matrix work, vector work, other units and links in streams of their own", HelpName = "one|per-unit" };
    private readonly Option<string?> _launch = new("--launch") { Description = "time to launch each kernel, in seconds (default 0)", HelpName = "SECONDS" };
    private readonly Option<string?> _allocator = new("--allocator") { Description = "how buffers are rounded (default: exact)", HelpName = string.Join('|', AllocatorRounding.All.Select(a => a.Name)) };
    private readonly Option<string> _rules = new("--rules") { Description = "standard, or llm-viewer to reproduce the survey's tool", HelpName = "standard|llm-viewer", DefaultValueFactory = _ => "standard" };
    private readonly Option<string?> _logits = new("--logits") { Description = "last (one position per sequence, the default) or all", HelpName = "last|all" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_phase, _batch, _prompt, _output, _chunk, _context, _weights, _activations, _kv, _attention, _streams, _launch, _allocator, _rules, _logits]) command.Add(option);
    }

    /// <summary>The counting asked for.</summary>
    public CountingRules Rules(ParseResult parsed, InputErrors errors) =>
        Choose("--rules", parsed.GetValue(_rules), ["standard", "llm-viewer"], 0, errors) == 1 ? CountingRules.LlmViewer : CountingRules.Standard;

    /// <summary>Phase of the passes; a generation begins with a prefill.</summary>
    public Phase Phase(ParseResult parsed, InputErrors errors)
    {
        var prompt = parsed.GetValue(_prompt) is not null;
        var phase = Choose("--phase", parsed.GetValue(_phase), s_phases, prompt ? 0 : 1, errors) == 1
            ? Graphs.Batches.Phase.Decode : Graphs.Batches.Phase.Prefill;
        if (phase == Graphs.Batches.Phase.Decode && prompt) errors.Add("--prompt", 0, "", "means prefill, but --phase is decode", "write --context");
        if (phase == Graphs.Batches.Phase.Prefill && parsed.GetValue(_context) is not null)
            errors.Add("--context", 0, "", "means decode, but --phase is " + (IsGeneration(parsed) ? "generate" : "prefill"), "write --prompt");
        return phase;
    }

    /// <summary>Tokens to generate for each sequence; null for single passes.</summary>
    public int? OutputTokens(ParseResult parsed, InputErrors errors)
    {
        var text = parsed.GetValue(_output);
        if (!IsGeneration(parsed))
        {
            if (text is not null) errors.Add("--output", 0, "", "means a generation", "write --phase generate");
            return null;
        }

        if (text is null) return 32;
        var values = IntegerRange.Parse("--output", text, 1, MaxBatch, errors);
        if (values.Count > 1) errors.Add("--output", 0, "", "takes one number", "run the command once for each");
        return values.Count > 0 ? values[0] : 32;
    }

    /// <summary>Prompt tokens beside the decodes.</summary>
    public int Chunk(ParseResult parsed, InputErrors errors)
    {
        var values = IntegerRange.Parse("--chunk", parsed.GetValue(_chunk)!, 0, MaxBatch, errors);
        if (values.Count > 1) errors.Add("--chunk", 0, "", "takes one number", "run the command once for each");
        return values.Count > 0 ? values[0] : 0;
    }

    private bool IsGeneration(ParseResult parsed) => string.Equals(parsed.GetValue(_phase), "generate", StringComparison.OrdinalIgnoreCase);

    /// <summary>Batch sizes.</summary>
    public IReadOnlyList<int> Batches(ParseResult parsed, InputErrors errors) =>
        IntegerRange.Parse("--batch", parsed.GetValue(_batch)!, 1, MaxBatch, errors);

    /// <summary>Prompt lengths in prefill, context lengths in decode.</summary>
    public IReadOnlyList<int> Lengths(ParseResult parsed, Phase phase, InputErrors errors)
    {
        var (option, text, min) = phase == Graphs.Batches.Phase.Prefill ? ("--prompt", parsed.GetValue(_prompt), 1) : ("--context", parsed.GetValue(_context), 0);
        return text is null ? [DefaultLength] : IntegerRange.Parse(option, text, min, MaxLength, errors);
    }

    /// <summary>Number formats: what was asked for, else what the model was exported with.</summary>
    public Precision Precision(ParseResult parsed, LanguageModel? model, InputErrors errors)
    {
        WeightFormat? weights = null;
        if (parsed.GetValue(_weights) is { } text)
        {
            if (WeightFormats.TryParse(text, out var format)) weights = format;
            else errors.Add("--weights", 0, "", $"\"{text}\" is no weight format", "write " + WeightFormats.Syntax);
        }

        var activations = Format("--activations", parsed.GetValue(_activations), model?.ExportedActivations ?? NumberFormat.Fp16, errors);
        return new Precision(weights, activations, Format("--kv", parsed.GetValue(_kv), activations, errors));
    }

    /// <summary>Whether attention is one fused kernel. The survey's tool has it apart unless it is asked for.</summary>
    public bool FusedAttention(ParseResult parsed, CountingRules rules, InputErrors errors) =>
        Choose("--attention", parsed.GetValue(_attention), s_attention, rules == CountingRules.LlmViewer ? 1 : 0, errors) != 1;

    /// <summary>Whether it goes through blocks of queries.</summary>
    public bool AttentionInBlocks(ParseResult parsed) => string.Equals(parsed.GetValue(_attention), s_attention[2], StringComparison.OrdinalIgnoreCase);

    /// <summary>How kernels are issued.</summary>
    public StreamUse Streams(ParseResult parsed, InputErrors errors) =>
        Choose("--streams", parsed.GetValue(_streams), ["one", "per-unit"], 0, errors) == 1 ? StreamUse.PerUnit : StreamUse.One;

    /// <summary>Time to launch a kernel.</summary>
    public double Launch(ParseResult parsed, InputErrors errors)
    {
        if (parsed.GetValue(_launch) is not { } text) return 0;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var seconds) && seconds is >= 0 and <= 1) return seconds;
        errors.Add("--launch", 0, "", $"\"{text}\" is not a time from 0 to 1 s", "write 3e-6");
        return 0;
    }

    /// <summary>How buffers are rounded.</summary>
    public AllocatorRounding Allocator(ParseResult parsed, InputErrors errors) =>
        AllocatorRounding.All[Choose("--allocator", parsed.GetValue(_allocator), [.. AllocatorRounding.All.Select(a => a.Name)], 0, errors)];

    /// <summary>Whether logits of all positions are computed.</summary>
    public bool AllLogits(ParseResult parsed, InputErrors errors) => Choose("--logits", parsed.GetValue(_logits), ["last", "all"], 0, errors) == 1;

    internal static NumberFormat Format(string option, string? text, NumberFormat fallback, InputErrors errors)
    {
        if (text is null) return fallback;
        if (NumberFormats.TryParse(text, out var format) && format is not (NumberFormat.Int64 or NumberFormat.Int32)) return format;
        errors.Add(option, 0, "", $"\"{text}\" is no number format", "write fp32, fp16, bf16, fp8, int8, fp4 or int4");
        return fallback;
    }

    internal static int Choose(string option, string? text, string[] known, int fallback, InputErrors errors)
    {
        if (text is null) return fallback;
        var index = Array.FindIndex(known, k => string.Equals(k, text, StringComparison.OrdinalIgnoreCase));
        if (index >= 0) return index;
        errors.Add(option, 0, "", $"\"{text}\" is not known", "write " + string.Join(" or ", known));
        return fallback;
    }
}
