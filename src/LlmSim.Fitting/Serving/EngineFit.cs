using System.Text.Json;
using LlmSim.Files;
using LlmSim.Fitting.Regression;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;
using LlmSim.Studies.Comparisons;
using LlmSim.Studies.Engines;
using LlmSim.Studies.Runs;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Fitting.Serving;

/// <summary>
/// Fits what an engine does on the device around its forward passes, on the time per token of each request of one measured run; the other runs judge it.
/// </summary>
/// <remarks>
/// One constant, on the run of a dense model on one GPU with the shorter iterations: no link and no routing of experts, whose own errors it would take in, and nothing
/// preempted. Its part for each sequence is the profiled sampler's.
/// </remarks>
public static class EngineFit
{
    private static readonly (string Constant, string Member)[] s_free = [("stepSeconds", "engine.stepNanoseconds")];

    /// <summary>The engine whose constants are fitted.</summary>
    public const string Engine = "vllm-0.19";

    /// <summary>The run they are fitted on.</summary>
    public const string FittedOn = "RTXPRO6000_Llama-3.1-8B";

    /// <summary>Fits; nothing is written.</summary>
    /// <param name="dataFolder">The folder that holds <c>serving/</c>.</param>
    /// <param name="catalogue">The devices, with fitted operator times.</param>
    /// <returns>The engine with its constants; null where the data are not there.</returns>
    public static EngineTime? Run(string dataFolder, HardwareCatalogue catalogue)
    {
        ArgumentNullException.ThrowIfNull(catalogue);
        if (MeasuredRun.All.Any(r => !File.Exists(r.RequestsIn(dataFolder)))) return null;
        var parts = new RunParts();
        var problem = Problem(MeasuredRun.All.First(r => r.Folder == FittedOn), dataFolder, catalogue, parts);
        var constants = RobustFit.Run(problem, [.. Enumerable.Range(0, problem.Count)]);
        // As they are written, so that what is judged is what will be read.
        constants = [.. constants.Select(c => double.Parse(c.ToString("E2", System.Globalization.CultureInfo.InvariantCulture), System.Globalization.CultureInfo.InvariantCulture))];
        var others = MeasuredRun.All.Where(r => r.Folder != FittedOn).Select(r => Problem(r, dataFolder, catalogue, parts)).ToList();
        var errors = others.SelectMany(p => RobustFit.Errors(p, Enumerable.Range(0, p.Count), constants)).ToList();
        var known = EngineTimes.Load(catalogue.Folder).First(e => e.Name == Engine);
        var values = new Dictionary<string, double>(known.Values, StringComparer.Ordinal);
        for (var i = 0; i < s_free.Length; i++) values[s_free[i].Constant] = constants[i];
        return known with
        {
            Values = values,
            Fit = new EngineFitRecord([.. s_free.Select(f => f.Constant)], $"{MeasuredRun.Data}/{FittedOn}, time per token", problem.Count, ErrorStatistics.Of(errors).Mean),
        };
    }

    /// <summary>Time per token of each request of a run, as a function of the constants: one simulation for each set of them.</summary>
    private static FitProblem Problem(MeasuredRun run, string dataFolder, HardwareCatalogue catalogue, RunParts parts)
    {
        var scenario = run.Load(dataFolder, catalogue);
        var measured = RunLoader.Load(run.RequestsIn(dataFolder)).Rows.Select(r => r.TpotSeconds).ToArray();
        ConstantSpec[] specs = [.. s_free.Select(f => EngineTime.Specs.First(s => s.Name == f.Constant))];
        double[] asked = [], predicted = [];
        return new FitProblem
        {
            Constants = specs,
            Measured = measured,
            Groups = [.. Enumerable.Range(0, measured.Length)],
            Predict = (i, c) =>
            {
                if (!asked.AsSpan().SequenceEqual(c)) (asked, predicted) = ([.. c], Simulate(scenario, c, parts));
                return predicted[i];
            },
        };
    }

    private static double[] Simulate(ScenarioFile scenario, double[] constants, RunParts parts)
    {
        var values = s_free.Select((f, i) => KeyValuePair.Create(f.Member, Number((long)Math.Round(constants[i] * 1e9))));
        return [.. ScenarioRun.Execute(scenario.With(values), parts).Rows.OrderBy(r => r.ArrivalNanoseconds).ThenBy(r => r.Id).Select(r => r.TpotSeconds)];
    }

    private static JsonValue Number(long value) => new() { File = "", Kind = JsonValueKind.Number, Number = value, Text = value.ToString(System.Globalization.CultureInfo.InvariantCulture) };
}
