using System.Globalization;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Studies.Engines;

/// <summary>
/// What a version of a serving engine adds to the forward passes: time on the host and on the device, the sizes its graphs were captured for, and whether it
/// schedules ahead. Named in <c>engine.hostTime</c>.
/// </summary>
public sealed record EngineTime
{
    /// <summary>Its name: "vllm-0.19".</summary>
    public required string Name { get; init; }

    /// <summary>The engine, for people.</summary>
    public string Title { get; init; } = "";

    /// <summary>The constants by name; see <see cref="Specs"/>. One that is not named is 0.</summary>
    public IReadOnlyDictionary<string, double> Values { get; init; } = new Dictionary<string, double>();

    /// <summary>Where each constant that was not fitted comes from.</summary>
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();

    /// <summary>Whether the host prepares the next iteration while the device works on this one.</summary>
    public bool? AsyncScheduling { get; init; }

    /// <summary>Batch sizes in tokens that its graphs are captured for, ascending; null where the policy's own hold.</summary>
    public IReadOnlyList<int>? CapturedBatchSizes { get; init; }

    /// <summary>Whether batches with prompts are padded to captured sizes too.</summary>
    public bool? CaptureMixedBatches { get; init; }

    /// <summary>Constants that were fitted, on what, and with what error; null where none was.</summary>
    public EngineFitRecord? Fit { get; init; }

    /// <summary>Meaning, unit and bounds of the constants.</summary>
    public static IReadOnlyList<ConstantSpec> Specs { get; } =
    [
        new("hostSeconds", "s", 1e-9, 0.05, 5e-4, "host, each iteration: scheduling, preparing inputs, processing outputs; hidden behind the device where the engine schedules ahead"),
        new("hostSecondsPerSequence", "s", 1e-9, 1e-3, 1.5e-5, "host, each sequence of the batch"),
        new("stepSeconds", "s", 1e-6, 5e-3, 2e-4, "device, each iteration, beside the forward pass: copies in and out, graph start, sampling; never hidden"),
        new("stepSecondsPerSequence", "s", 1e-8, 1e-4, 2e-6, "device, each position that is sampled: logits, sampling"),
        new("requestSeconds", "s", 1e-9, 0.5, 1e-3, "API server, each request: from its arrival to the engine's queue (parsing, tokenising, passing on); counted in TTFT and E2E"),
    ];

    /// <summary>Nothing but forward passes.</summary>
    public static EngineTime None { get; } = new() { Name = "none", Title = "the host is free, or its time is in a measured table" };

    /// <summary>A constant, in nanoseconds.</summary>
    public long Nanoseconds(string constant) => Values.TryGetValue(constant, out var seconds) ? (long)Math.Round(seconds * 1e9) : 0;

    /// <summary>The same engine with constants that a scenario gives in nanoseconds; null leaves one as it is.</summary>
    internal EngineTime With(bool? asyncScheduling, params (string Constant, long? Nanoseconds)[] given)
    {
        var set = given.Where(g => g.Nanoseconds is not null).ToList();
        if (set.Count == 0 && asyncScheduling is null) return this;
        var (values, sources) = (new Dictionary<string, double>(Values, StringComparer.Ordinal), new Dictionary<string, string>(Sources, StringComparer.Ordinal));
        foreach (var (constant, nanoseconds) in set)
        {
            values[constant] = nanoseconds!.Value / 1e9;
            sources[constant] = "the scenario";
        }

        return this with
        {
            Values = values,
            Sources = sources,
            AsyncScheduling = asyncScheduling ?? AsyncScheduling,
            Fit = Fit is not null && set.Any(g => Fit.Constants.Contains(g.Constant)) ? null : Fit,
        };
    }

    /// <summary>For results: the constants that count, where they come from, and with what error; empty for <see cref="None"/>.</summary>
    public string Stated
    {
        get
        {
            if (Values.Count == 0) return "";
            string Pair(string constant, string slope) => string.Create(
                CultureInfo.InvariantCulture, $"{Nanoseconds(constant) / 1e6:0.###} ms + {Nanoseconds(slope) / 1e3:0.##} µs a sequence");
            var host = Pair("hostSeconds", "hostSecondsPerSequence") + (AsyncScheduling == true ? " hidden behind the device" : "");
            var text = $"engine times {Name}: host {host}";
            if (Values.ContainsKey("stepSeconds")) text += $", device {Pair("stepSeconds", "stepSecondsPerSequence")}";
            var own = Sources.Where(s => s.Value == "the scenario").Select(s => s.Key).Order(StringComparer.Ordinal).ToList();
            if (own.Count > 0) text += $"; {string.Join(", ", own)} from the scenario";
            return Fit is null ? text : text + string.Create(CultureInfo.InvariantCulture, $" (fitted on {Fit.FittedOn}; TPOT of other runs ±{100 * Fit.HeldOutError:0.#} %)");
        }
    }
}

/// <summary>How constants of an engine were fitted.</summary>
/// <param name="Constants">Which.</param>
/// <param name="FittedOn">The run.</param>
/// <param name="Points">Requests of it.</param>
/// <param name="HeldOutError">Mean error of TPOT, request by request, in runs that were left out, as a fraction.</param>
public sealed record EngineFitRecord(IReadOnlyList<string> Constants, string FittedOn, int Points, double HeldOutError);
