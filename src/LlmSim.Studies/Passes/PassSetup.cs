using LlmSim.Execution.Memory;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Plans;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Passes;

/// <summary>All that a pass is asked with but its batch and length: model, machine and how they go together. Checked once, then asked any number of questions.</summary>
public sealed class PassSetup
{
    private readonly PassQuestion _template;
    private readonly OffloadSection? _offload;
    private readonly PassWords _words;

    private PassSetup(PassQuestion template, OffloadSection? offload, PassWords words) => (_template, _offload, _words) = (template, offload, words);

    /// <summary>Checks what was asked for.</summary>
    /// <param name="model">The whole model.</param>
    /// <param name="device">The device.</param>
    /// <param name="time">Its operator times.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="machine">How many devices share the model, where operators run, what is offloaded.</param>
    /// <param name="options">Attention, logits, micro-batches and counting.</param>
    /// <param name="words">What to blame.</param>
    /// <param name="errors">Takes everything that does not go together.</param>
    /// <returns>Null when something does not.</returns>
    public static PassSetup? Of(
        LanguageModel model, Device device, ITimeModel time, Precision precision, MachineSection machine, PassChoices options, PassWords words, InputErrors errors)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(machine);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(words);
        ArgumentNullException.ThrowIfNull(errors);
        var before = errors.Count;
        var placement = PlacementPolicies.Find(machine.Placement)!;
        CheckTogether(device, machine, placement, options, words, errors);
        if (options.Rules == CountingRules.LlmViewer) CheckSurveyRules(machine, placement, options, words, errors);
        var part = DevicePart.Of(model, device, time, machine.Sharing, machine.Algorithm, words, errors);
        if (part is null || errors.Count > before) return null;
        return new PassSetup(
            new PassQuestion
            {
                Model = part.Model,
                Device = device,
                Time = part.Time,
                Precision = precision,
                Phase = options.Phase,
                Batch = 1,
                Length = 1,
                FusedAttention = options.FusedAttention,
                AllLogits = options.AllLogits,
                Parallelism = machine.Sharing,
                MicroBatches = options.MicroBatches,
                Placement = placement,
                Rules = options.Rules,
                OutputTokens = options.OutputTokens,
                ChunkTokens = options.ChunkTokens,
                AttentionInBlocks = options.AttentionInBlocks,
                Streams = options.Streams,
                LaunchSeconds = options.LaunchSeconds,
                Allocator = options.Allocator,
            },
            OffloadChoice.Moves(machine.Offload) ? machine.Offload : null, words);
    }

    /// <summary>One question.</summary>
    /// <param name="batch">Sequences.</param>
    /// <param name="length">Prompt tokens, or in decode tokens in the cache.</param>
    /// <exception cref="InputException">The batch cannot be cut so, or the machine cannot offload like this.</exception>
    public PassQuestion Question(int batch, int length)
    {
        var errors = new InputErrors();
        var question = _template with { Batch = batch, Length = length };
        if (_offload is not null)
        {
            try
            {
                question = question with { Offload = OffloadChoice.For(_offload, question) };
            }
            catch (PlanException e)
            {
                foreach (var problem in e.Problems) _words.Add(errors, PassSetting.Offload, problem);
                errors.ThrowIfAny();
            }
        }

        var devices = question.Parallelism.BatchParts;
        var onDevice = (batch + devices - 1) / devices;
        if (onDevice % question.Parts != 0)
        {
            var (setting, what) = question.Offload is null ? (PassSetting.MicroBatches, "micro-batches") : (PassSetting.Schedule, "batches of a block");
            _words.Add(errors, setting, $"{question.Parts} {what} cannot be equal parts of {onDevice} sequences", $"choose a number that divides them ({Divisors(onDevice)}), or {Batches(onDevice, question.Parts, devices)}");
            errors.ThrowIfAny();
        }

        return question;
    }

    /// <summary>The nearest batches of which every device has equal parts: "a batch of 8 or 12".</summary>
    private static string Batches(int onDevice, int parts, int devices)
    {
        var below = (long)(onDevice / parts) * parts * devices;
        return FormattableString.Invariant($"a batch of {(below > 0 ? FormattableString.Invariant($"{below} or ") : "")}{below + (long)parts * devices}");
    }

    private static void CheckTogether(Device device, MachineSection machine, IPlacementPolicy placement, PassChoices options, PassWords words, InputErrors errors)
    {
        if (PlacedTimes.Obstacle(placement, device) is { } missing)
            words.Add(errors, PassSetting.Placement, $"\"{placement.Name}\" cannot be: {missing}", "choose another placement, or describe them in the hardware file");
        if (options.MicroBatches > 1 && machine.PipelineParallel == 1)
            words.Add(errors, PassSetting.MicroBatches, $"{options.MicroBatches} without pipeline stages gain nothing", "ask for stages, or leave it out");
        if (options.ChunkTokens > 0 && (options.Phase == Phase.Prefill || options.MicroBatches > 1 || machine.Offload?.BatchesPerBlock > 1))
            words.Add(errors, PassSetting.Chunk, $"{options.ChunkTokens} prompt tokens go beside one batch of decodes", "leave it out, or ask for phase decode without micro-batches");
        if (options.AttentionInBlocks && PassPlanning.OnChipBytes(device) is null)
            words.Add(errors, PassSetting.Attention, $"\"blocked\" needs on-chip memory, and {device.Name} describes none", "write fused, or describe a scratchpad in the hardware file");
        if (!OffloadChoice.Moves(machine.Offload)) return;
        if (options.Streams != StreamUse.One) words.Add(errors, PassSetting.Streams, "\"per-unit\" stands beside offloading, whose copies have streams of their own", "write one");
        if (options.LaunchSeconds > 0) words.Add(errors, PassSetting.Launch, "stands beside offloading, which does not know it", "leave it out");
        if (machine.PipelineParallel > 1) words.Add(errors, PassSetting.Pipeline, $"{machine.PipelineParallel} stages stand beside offloading, which knows one", "use one of the two");
        if (placement != PlacementPolicies.Device && placement != PlacementPolicies.CpuAttention)
            words.Add(errors, PassSetting.Placement, $"\"{placement.Name}\" stands beside offloading", "with offloading write device or cpu-attention");
        if (machine.Offload!.Schedule == "flexgen" && options.OutputTokens is null)
            words.Add(errors, PassSetting.Schedule, "\"flexgen\" plans a whole generation, prefill and decode", "ask for phase generate");
        foreach (var problem in OffloadChoice.Written(machine.Offload!, placement).Problems()) words.Add(errors, PassSetting.Offload, problem);
    }

    private static void CheckSurveyRules(MachineSection machine, IPlacementPolicy placement, PassChoices options, PassWords words, InputErrors errors)
    {
        const string Remedy = "use the standard rules";
        if (machine.Sharing.Devices > 1)
        {
            var setting = machine.TensorParallel > 1 ? PassSetting.Tensor : machine.PipelineParallel > 1 ? PassSetting.Pipeline : PassSetting.Expert;
            words.Add(errors, setting, "the survey's tool of these rules knows one device only", Remedy);
        }

        if (placement != PlacementPolicies.Device) words.Add(errors, PassSetting.Placement, "the survey's tool of these rules knows the device only", Remedy);
        if (OffloadChoice.Moves(machine.Offload)) words.Add(errors, PassSetting.Offload, "the survey's tool of these rules knows the device only", Remedy);
        if (options.OutputTokens is not null) words.Add(errors, PassSetting.Phase, "the survey's tool of these rules knows single passes only", Remedy);
        if (options.ChunkTokens > 0) words.Add(errors, PassSetting.Chunk, "the survey's tool of these rules knows one phase only", Remedy);
        if (options.AttentionInBlocks) words.Add(errors, PassSetting.Attention, "the survey's tool of these rules knows no blocks of queries but its own", Remedy);
        if (options.Streams != StreamUse.One) words.Add(errors, PassSetting.Streams, "the survey's tool of these rules adds operators up", Remedy);
        if (options.LaunchSeconds > 0) words.Add(errors, PassSetting.Launch, "the survey's tool of these rules knows no launches", Remedy);
        if (options.Allocator != AllocatorRounding.Exact) words.Add(errors, PassSetting.Allocator, "the survey's tool of these rules knows no allocator", Remedy);
        if (options.Fused) words.Add(errors, PassSetting.Fusions, "the survey's tool of these rules knows no fusion but that of attention", Remedy);
    }

    private static string Divisors(int number)
    {
        var found = Enumerable.Range(1, Math.Min(number, 4096)).Where(d => number % d == 0).Take(9).ToList();
        return string.Join(", ", found.Take(8)) + (found.Count > 8 ? ", …" : "");
    }
}

/// <summary>What a pass does, apart from its machine, batch and length.</summary>
/// <param name="Phase">Prefill or decode; prefill for a generation.</param>
/// <param name="OutputTokens">Tokens to generate for each sequence; null for a single pass.</param>
/// <param name="FusedAttention">Whether attention is one kernel.</param>
/// <param name="AllLogits">Whether logits of all positions are computed.</param>
/// <param name="Fused">Whether further operators were fused in the model.</param>
/// <param name="MicroBatches">Equal parts of the batch that follow each other through the stages, at least 1.</param>
/// <param name="Rules">The counting.</param>
public sealed record PassChoices(
    Phase Phase, int? OutputTokens, bool FusedAttention, bool AllLogits, bool Fused, int MicroBatches, CountingRules Rules)
{
    /// <summary>Prompt tokens that a decode pass processes beside its decodes.</summary>
    public int ChunkTokens { get; init; }

    /// <summary>Whether attention goes through blocks of queries.</summary>
    public bool AttentionInBlocks { get; init; }

    /// <summary>How kernels are issued.</summary>
    public StreamUse Streams { get; init; } = StreamUse.One;

    /// <summary>Time to launch each kernel, in seconds, at least 0.</summary>
    public double LaunchSeconds { get; init; }

    /// <summary>How the allocator rounds buffers.</summary>
    public AllocatorRounding Allocator { get; init; } = AllocatorRounding.Exact;
}
