using LlmSim.Execution.Fusion;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Studies.Passes;

/// <summary>Runs a scenario without a load: one forward pass for each point of its axes.</summary>
public sealed class PassStudy
{
    /// <summary>More points than this are refused: the operators of every pass are kept for the charts.</summary>
    public const int MostPoints = 20_000;

    private readonly RunParts _parts;
    // Points differ in few of these; reading constants and dividing a model take longer than a pass.
    private readonly Dictionary<(string Hardware, double? Bandwidth, string? Time), ITimeModel> _times = [];
    private readonly Dictionary<(string Model, string Fusions), LanguageModel> _models = [];

    private PassStudy(RunParts parts) => _parts = parts;

    /// <summary>Runs the study.</summary>
    /// <param name="file">The scenario, checked, with <c>pass</c>.</param>
    /// <param name="parts">Models and devices read before; null for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="InputException">A point of the scenario is wrong.</exception>
    public static PassStudyResult Execute(ScenarioFile file, RunParts? parts = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (file.Scenario.Pass is null) throw new ArgumentException("the scenario has no pass", nameof(file));
        var axes = StudyAxes.Read(file);
        if (axes.Count > MostPoints)
            throw new InputException(new InputError(file.Path, file.Scenario.Axes!.Line, "axes", $"{axes.Count} points are more than {MostPoints}", "take fewer values"));
        var study = new PassStudy(parts ?? new RunParts());
        var points = new List<PassPoint>(axes.Count);
        for (var i = 0; i < axes.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var values = axes.Point(i).Values;
            points.Add(new PassPoint(axes.Places(i), values, study.Answer(file.With(values).Scenario, file.Path)));
        }

        return new PassStudyResult(file, axes, points);
    }

    private PassAnswer Answer(Scenario scenario, string file)
    {
        var answer = PassAnalysis.Answer(Question(scenario, file));
        if (scenario.Pass!.Linears == "host") return PassOffload.LinearsOnHost(answer, file);
        return ReplicaPlanner.Offloads(scenario.Machine.Offload) ? PassOffload.Fetched(answer, scenario.Machine.Offload!, file) : answer;
    }

    private PassQuestion Question(Scenario scenario, string file)
    {
        var pass = scenario.Pass!;
        var machine = scenario.Machine;
        var rules = pass.Rules == "llm-viewer" ? CountingRules.LlmViewer : CountingRules.Standard;
        var device = _parts.Device(machine);
        var errors = new InputErrors();
        if (machine.PipelineParallel > 1) errors.Add(file, 0, "machine.pipelineParallel", "a pass study looks at one device", "leave it out, or study a stage's layers alone");
        var offloads = ReplicaPlanner.Offloads(machine.Offload);
        if (offloads && pass.Linears == "host") errors.Add(file, 0, "pass.linears", "\"host\" stands beside machine.offload", "a pass has one of the two");
        if (scenario.Time == "measured") errors.Add(file, 0, "time", "measured step tables know no single operators", "use \"ideal\" or \"fitted\"");
        if (rules == CountingRules.LlmViewer)
        {
            if (scenario.Time == "fitted") errors.Add(file, 0, "time", "the survey's tool of these rules knows ideal times only", "use \"ideal\"");
            if (machine.TensorParallel > 1) errors.Add(file, 0, "machine.tensorParallel", "the survey's tool of these rules knows one device only", "use pass.rules \"standard\"");
            if (offloads || pass.Linears == "host") errors.Add(file, 0, offloads ? "machine.offload" : "pass.linears", "the survey's tool of these rules knows the device only", "use pass.rules \"standard\"");
            if (pass.Fusions.Count > 0) errors.Add(file, 0, "pass.fusions", "the survey's tool of these rules knows no fusion but that of attention", "use pass.rules \"standard\"");
        }

        errors.ThrowIfAny();
        var asked = rules == CountingRules.LlmViewer ? "ideal" : scenario.Time;
        var timeKey = (machine.Hardware, machine.MemoryBandwidthBytesPerSecond, asked);
        if (!_times.TryGetValue(timeKey, out var time)) _times[timeKey] = time = ReplicaPlanner.OperatorTimes(asked, device, file);
        var part = DevicePart.Of(Model(scenario), device, time, machine.TensorParallel, "machine.tensorParallel", errors);
        errors.ThrowIfAny();
        return new PassQuestion
        {
            Model = part!.Model,
            Device = device,
            Time = part.Time,
            Precision = ReplicaPlanner.PrecisionOf(scenario.Precision),
            Phase = pass.Phase == "prefill" ? Phase.Prefill : Phase.Decode,
            Batch = pass.Batch,
            Length = pass.Phase == "prefill" ? pass.Prompt : pass.Context,
            FusedAttention = pass.Attention == "fused",
            TensorParallel = machine.TensorParallel,
            Rules = rules,
        };
    }

    private LanguageModel Model(Scenario scenario)
    {
        var fusions = scenario.Pass!.Fusions;
        var key = (scenario.Model, string.Join(',', fusions.Order(StringComparer.Ordinal)));
        if (_models.TryGetValue(key, out var model)) return model;
        model = _parts.Model(scenario.Model);
        if (fusions.Count > 0) model = Fusions.Apply(model, [.. fusions.Select(f => Fusions.Find(f)!)]);
        return _models[key] = model;
    }
}
