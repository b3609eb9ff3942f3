using LlmSim.Execution.Parallelism;
using LlmSim.Files;

namespace LlmSim.Studies.Passes;

/// <summary>Settings of a pass, by their place in a scenario file: <c>Member</c> is what is written there, <c>Option</c> on the command line.</summary>
/// <param name="Member">Path in a scenario: "machine.tensorParallel".</param>
/// <param name="Option">Option of <c>analyze</c>: "--tp".</param>
public sealed record PassSetting(string Member, string Option)
{
    /// <summary>Devices that share each operator.</summary>
    public static PassSetting Tensor { get; } = new("machine.tensorParallel", "--tp");

    /// <summary>Stages that share the layers.</summary>
    public static PassSetting Pipeline { get; } = new("machine.pipelineParallel", "--pp");

    /// <summary>Devices that share the experts.</summary>
    public static PassSetting Expert { get; } = new("machine.expertParallel", "--ep");

    /// <summary>Parts of the batch that follow each other through the stages.</summary>
    public static PassSetting MicroBatches { get; } = new("pass.microBatches", "--micro-batches");

    /// <summary>Where operators run.</summary>
    public static PassSetting Placement { get; } = new("machine.placement", "--placement");

    /// <summary>What lies outside the device.</summary>
    public static PassSetting Offload { get; } = new("machine.offload", "--offload-weights");

    /// <summary>How it is fetched.</summary>
    public static PassSetting Schedule { get; } = new("machine.offload.schedule", "--offload");

    /// <summary>Prefill, decode or a whole generation.</summary>
    public static PassSetting Phase { get; } = new("pass.phase", "--phase");

    /// <summary>Prompt tokens beside the decodes of a pass.</summary>
    public static PassSetting Chunk { get; } = new("pass.chunk", "--chunk");

    /// <summary>Fusions.</summary>
    public static PassSetting Fusions { get; } = new("pass.fusions", "--attention");

    /// <summary>How attention is computed.</summary>
    public static PassSetting Attention { get; } = new("pass.attention", "--attention");

    /// <summary>How kernels are issued.</summary>
    public static PassSetting Streams { get; } = new("pass.streams", "--streams");

    /// <summary>Time to launch a kernel.</summary>
    public static PassSetting Launch { get; } = new("pass.launchSeconds", "--launch");

    /// <summary>How buffers are rounded.</summary>
    public static PassSetting Allocator { get; } = new("pass.allocator", "--allocator");

    /// <summary>The setting for a kind of parallelism.</summary>
    public static PassSetting Of(ParallelKind kind) => kind switch
    {
        ParallelKind.Pipeline => Pipeline,
        ParallelKind.Expert => Expert,
        _ => Tensor,
    };
}

/// <summary>Reports what is wrong with a pass in the words in which it was asked for: members of a scenario with their lines, or options.</summary>
public sealed class PassWords
{
    private readonly string? _file;
    private readonly JsonValue? _root;

    private PassWords(string? file, JsonValue? root) => (_file, _root) = (file, root);

    /// <summary>Options of the command line.</summary>
    public static PassWords Options { get; } = new(null, null);

    /// <summary>Members of a scenario.</summary>
    /// <param name="file">The file.</param>
    /// <param name="root">Its content, for the lines.</param>
    public static PassWords Scenario(string file, JsonValue? root = null) => new(file, root);

    /// <summary>Adds an error.</summary>
    /// <param name="errors">Takes it.</param>
    /// <param name="setting">What is wrong.</param>
    /// <param name="problem">How, with the value.</param>
    /// <param name="remedy">What to do.</param>
    public void Add(InputErrors errors, PassSetting setting, string problem, string remedy = "")
    {
        ArgumentNullException.ThrowIfNull(errors);
        ArgumentNullException.ThrowIfNull(setting);
        if (_file is null) errors.Add(setting.Option, 0, "", problem, remedy);
        else errors.Add(_file, Line(setting.Member), setting.Member, problem, remedy);
    }

    /// <summary>The line of a member, or of the nearest object around it that was written.</summary>
    private int Line(string path)
    {
        var at = _root;
        foreach (var name in path.Split('.'))
        {
            if (at?.Member(name) is not { } inner) break;
            at = inner;
        }

        return at is null || at == _root ? 0 : at.Line;
    }
}
