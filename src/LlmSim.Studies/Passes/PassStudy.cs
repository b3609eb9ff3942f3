using LlmSim.Execution.Fusion;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Sparsity;
using LlmSim.Files;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
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
    private readonly Dictionary<TimesKey, ITimeModel> _times = [];
    private readonly Dictionary<(string Model, string Fusions, int? Layers, double Active), LanguageModel> _models = [];

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
            points.Add(new PassPoint(axes.Places(i), values, study.Answer(file.With(values))));
        }

        return new PassStudyResult(file, axes, points);
    }

    private PassAnswer Answer(ScenarioFile point)
    {
        var (scenario, pass, machine) = (point.Scenario, point.Scenario.Pass!, point.Scenario.Machine);
        var words = PassWords.Scenario(point.Path, point.Root);
        var rules = pass.Rules == "llm-viewer" ? CountingRules.LlmViewer : CountingRules.Standard;
        var device = _parts.Device(machine);
        var errors = new InputErrors();
        if (scenario.Time == "measured" && scenario.OperatorTables.Count == 0) errors.Add(point.Path, point.Root.Member("time")!.Line, "time", "measured step tables know no single operators", "name measured operators in \"operatorTables\", or use \"ideal\" or \"fitted\"");
        if (scenario.Time == "fitted" && rules == CountingRules.LlmViewer)
            errors.Add(point.Path, point.Root.Member("time")!.Line, "time", "the survey's tool of these rules knows ideal times only", "use \"ideal\"");
        if (pass.ActiveNeurons < 1)
        {
            var (active, line) = ("pass.activeNeurons", point.Root.Member("pass")!.Member("activeNeurons")!.Line);
            if (rules == CountingRules.LlmViewer) errors.Add(point.Path, line, active, "the survey's tool of these rules knows dense layers only", "use the standard rules");
            else if (scenario.Time != "ideal") errors.Add(point.Path, line, active, "times fitted to dense matrices say nothing about sparse ones", "use time \"ideal\"");
            if (machine.TensorParallel > 1) errors.Add(point.Path, line, active, "sparse layers are not divided among tensor-parallel devices", "use tensorParallel 1");
        }

        errors.ThrowIfAny();
        var asked = rules == CountingRules.LlmViewer ? "ideal" : scenario.Time;
        var precision = ReplicaPlanner.PrecisionOf(scenario.Precision);
        var time = Times(point, asked, device, precision);
        var choices = new PassChoices(
            pass.Phase == "decode" ? Phase.Decode : Phase.Prefill, pass.Phase == "generate" ? pass.Output : null, pass.Attention != "unfused", AllLogits: false,
            pass.Fusions.Count > 0, pass.MicroBatches, rules)
        {
            ChunkTokens = pass.Chunk,
            AttentionInBlocks = pass.Attention == "blocked",
            Streams = pass.Streams == "per-unit" ? StreamUse.PerUnit : StreamUse.One,
            LaunchSeconds = pass.LaunchSeconds,
            Allocator = AllocatorRounding.All.First(a => a.Name == pass.Allocator),
        };
        var setup = PassSetup.Of(Model(point), device, time, precision, machine, choices, words, errors);
        errors.ThrowIfAny();
        var question = setup!.Question(pass.Batch, pass.Phase == "decode" ? pass.Context : pass.Prompt);
        return PassAnalysis.Answer(question with { PublishedTokensPerSecond = pass.Published });
    }

    private ITimeModel Times(ScenarioFile point, string? asked, Device device, Precision precision)
    {
        var (scenario, machine) = (point.Scenario, point.Scenario.Machine);
        var key = new TimesKey(machine.Hardware, machine.MemoryBandwidthBytesPerSecond, machine.Kernels, asked);
        // What of a table is used depends on what a device executes.
        if (scenario.OperatorTables.Count > 0)
            key = key with { Part = new PlacedModelKey(scenario.Model, scenario.Precision, machine, asked, null, string.Join(PlacedModelKey.Between, scenario.OperatorTables)) };
        if (_times.TryGetValue(key, out var time)) return time;
        return _times[key] = ReplicaPlanner.OperatorTimes(
            asked, scenario.OperatorTables, _parts.Model(scenario.Model), machine, _parts.Device(machine.Hardware), device, precision, point.Path);
    }

    private LanguageModel Model(ScenarioFile point)
    {
        var scenario = point.Scenario;
        var fusions = scenario.Pass!.Fusions;
        var key = (scenario.Model, string.Join(',', fusions.Order(StringComparer.Ordinal)), scenario.Pass.Layers, scenario.Pass.ActiveNeurons);
        if (_models.TryGetValue(key, out var model)) return model;
        model = _parts.Model(scenario.Model);
        if (scenario.Pass.Layers is { } layers) model = First(model, layers, point);
        if (scenario.Pass.ActiveNeurons < 1) model = ContextualSparsity.Apply(model, scenario.Pass.ActiveNeurons);
        if (fusions.Count > 0) model = Fusions.Apply(model, [.. fusions.Select(f => Fusions.Find(f)!)]);
        return _models[key] = model;
    }

    /// <summary>The model up to a layer, with its head: what runs when the rest is left out.</summary>
    private static LanguageModel First(LanguageModel model, int layers, ScenarioFile point)
    {
        if (layers > model.LayerCount)
        {
            var errors = new InputErrors();
            point.Root.Member("pass")!.Member("layers")!.Report(errors, $"{layers} is more than the {model.LayerCount} layers of {model.Name}", "take fewer, or leave it out");
            errors.ThrowIfAny();
        }

        return model with
        {
            LayerGroups = [.. model.LayerGroups.Select(g => g with { Layers = [.. g.Layers.Where(l => l < layers)] }).Where(g => g.Layers.Count > 0)],
        };
    }

    /// <summary>What operator times depend on; the part only where there are tables.</summary>
    private readonly record struct TimesKey(string Hardware, double? Bandwidth, string? Kernels, string? Time, PlacedModelKey? Part = null);
}
