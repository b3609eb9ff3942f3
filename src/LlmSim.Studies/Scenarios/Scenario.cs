using LlmSim.Files;
using LlmSim.Studies.Scenarios.Reading;

namespace LlmSim.Studies.Scenarios;

/// <summary>
/// What a scenario file says: which model runs on which machine, how its engine batches, and what load it gets. Without <c>workload</c> it is a
/// study of single forward passes, and has <c>pass</c>.
/// </summary>
public sealed record Scenario
{
    /// <summary>What the scenario is for, in a sentence; charts and reports show it.</summary>
    public string? Title { get; init; }

    /// <summary>The model: a catalogue name ("llama-2-7b"), an .onnx file, or an HF config.json.</summary>
    [Needed]
    [NameOrPath(".onnx", ".json")]
    public string Model { get; init; } = "";

    /// <summary>Number formats.</summary>
    public PrecisionSection Precision { get; init; } = new();

    /// <summary>What each replica runs on.</summary>
    [Needed]
    public MachineSection Machine { get; init; } = new();

    /// <summary>How each replica's engine batches.</summary>
    public EngineSection Engine { get; init; } = new();

    /// <summary>Equal replicas behind the router, 1 to 4,096.</summary>
    [Bounds(1, 4096)]
    public int Replicas { get; init; } = 1;

    /// <summary>Replicas that differ; when given, they replace <c>replicas</c>. Members that a group's machine or engine leaves out are the scenario's.</summary>
    public IReadOnlyList<ReplicaGroup> Groups { get; init; } = [];

    /// <summary>How requests are spread over replicas.</summary>
    [OneOf("@routers")]
    public string Router { get; init; } = "round-robin";

    /// <summary>The link over which keys and values go from prefill to decode replicas, where these are apart.</summary>
    public KvLinkSection? KvLink { get; init; }

    /// <summary>The load; null for a study of forward passes.</summary>
    public WorkloadSection? Workload { get; init; }

    /// <summary>A single forward pass, where there is no load.</summary>
    public PassSection? Pass { get; init; }

    /// <summary>What users are promised.</summary>
    public SloSection? Slo { get; init; }

    /// <summary>Operator times: "ideal" roofline, "fitted" constants of the hardware file, or a "measured" table (<c>timeTable</c> or <c>operatorTables</c>); by default fitted where the hardware has constants.</summary>
    [OneOf("ideal", "fitted", "measured")]
    public string? Time { get; init; }

    /// <summary>Folder of an engine's measured step table (Vidur or LLMServingSim layout), for <c>time: measured</c>.</summary>
    [FilePath]
    public string? TimeTable { get; init; }

    /// <summary>
    /// Measured operator tables of the device, CSV of AIConfigurator, Vidur, LLMServingSim or our own: operators within their points take the measured utilisation of the roofline,
    /// all others the times that <c>time</c> names.
    /// </summary>
    [FilePath]
    public IReadOnlyList<string> OperatorTables { get; init; } = [];

    /// <summary>Share of the requests, the first to arrive, that statistics leave out; by default 0 for a trace and 0.1 otherwise.</summary>
    [Bounds(0, 0.9)]
    public double? WarmUp { get; init; }

    /// <summary>What a run writes.</summary>
    public OutputSection Output { get; init; } = new();

    /// <summary>Axes of a study: member paths and the values they take.</summary>
    [Unchecked]
    public JsonValue? Axes { get; init; }

    /// <summary>Lists of axes that move together instead of crossing: [["model", "machine.tensorParallel"]].</summary>
    [Unchecked]
    public JsonValue? Zip { get; init; }

    /// <summary>Runs of each point of a study with different seeds, 1 to 1,000; results carry confidence intervals.</summary>
    [Bounds(1, 1000)]
    public int Repeat { get; init; } = 1;

    /// <summary>Whether a study's curve over <c>workload.arrivals.rate</c> ends at its first saturated point; higher rates are then skipped.</summary>
    public bool StopAtSaturation { get; init; }
}
