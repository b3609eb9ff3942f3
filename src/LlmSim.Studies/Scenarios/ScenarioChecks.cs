using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Catalogue;
using LlmSim.Machines.Hardware;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Settings;
using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;

namespace LlmSim.Studies.Scenarios;

/// <summary>What a scenario's members must satisfy together.</summary>
internal static class ScenarioChecks
{
    public static void Check(Scenario scenario, JsonValue root, InputErrors errors)
    {
        if (scenario.Workload is null && scenario.Pass is null)
            errors.Add(root.File, root.Line, "workload", "is missing", "describe the load, or a single forward pass in \"pass\"");
        else if (scenario.Workload is not null && scenario.Pass is not null)
            root.Member("pass")!.Report(errors, "stands beside \"workload\"", "a scenario has one of the two");
        if (scenario.Workload is { } workload && root.Member("workload") is { Kind: JsonValueKind.Object } at) CheckWorkload(workload, at, errors);
        CheckModel(root, errors);
        CheckMachine(scenario.Machine, root.Member("machine"), errors);
        CheckEngine(scenario.Engine.Settings, root.Member("engine"), errors);
        for (var i = 0; i < scenario.Groups.Count; i++)
        {
            var group = root.Member("groups")!.Items[i];
            if (scenario.Groups[i].Machine is { } machine) CheckMachine(machine, group.Member("machine"), errors);
            if (scenario.Groups[i].Engine is { } engine) CheckEngine(engine.Settings, group.Member("engine"), errors);
        }

        CheckTables(scenario, root, errors);
        var window = scenario.Output.Timeline.Window;
        if (window.Count is not (0 or 2) || (window.Count == 2 && window[0] >= window[1]))
            root.Member("output")!.Member("timeline")!.Member("window")!.Report(errors, "is not a start and a later end", "write [0, 10]");
    }

    /// <summary>That measured tables stand where they mean something: one kind of them, for one device, and not beside ideal times.</summary>
    private static void CheckTables(Scenario scenario, JsonValue root, InputErrors errors)
    {
        if (scenario.Time == "measured" && scenario.TimeTable is null && scenario.OperatorTables.Count == 0 && scenario.Workload is not null)
            root.Member("time")!.Report(errors, "\"measured\" needs a table", "name an engine's step table in \"timeTable\", or measured operators in \"operatorTables\"");
        if (scenario.OperatorTables.Count == 0 || root.Member("operatorTables") is not { } tables) return;
        if (scenario.Time == "ideal") root.Member("time")!.Report(errors, "\"ideal\" stands beside \"operatorTables\", which are measured", "leave one of the two out");
        if (scenario.TimeTable is not null) tables.Report(errors, "stands beside \"timeTable\", which holds whole iterations", "leave one of the two out");
        if (scenario.Pass?.Rules == "llm-viewer") tables.Report(errors, "the survey's tool of these rules knows ideal times only", "use the standard rules");
        var devices = scenario.Groups.Count == 0 ? [] : scenario.Groups.Select(g => (g.Machine ?? scenario.Machine).Hardware).Distinct(StringComparer.OrdinalIgnoreCase).ToList();
        if (devices.Count > 1) tables.Report(errors, "are of one device, but the groups run on " + string.Join(", ", devices), "leave them out, or study one device");
        if (root.Member("axes") is { Kind: JsonValueKind.Object } axes && axes.Member("machine.hardware") is { } axis && axes.Member("operatorTables") is null)
            axis.Report(errors, "varies the device, but \"operatorTables\" are of one", "let both vary together: zip [[\"machine.hardware\", \"operatorTables\"]]");
    }

    /// <summary>That the model's name is known; a file is read later.</summary>
    private static void CheckModel(JsonValue root, InputErrors errors)
    {
        if (root.Member("model") is not { Kind: JsonValueKind.String } model || IsFile(model.Text, ".json", ".onnx")) return;
        if (ModelCatalogue.Default.NameOf(model.Text) is null)
            model.Report(errors, $"no model is called {model.Shown}", Names.Suggest(model.Text, ModelCatalogue.Default.Names) is { Length: > 0 } near ? near : "llmsim models lists them; a file must end in .onnx or .json");
    }

    private static bool IsFile(string text, params string[] endings) => endings.Any(e => text.EndsWith(e, StringComparison.OrdinalIgnoreCase));

    /// <summary>Every value that an engine cannot take, named with its place, and what its policy would pass over in silence.</summary>
    private static void CheckEngine(EngineSettings engine, JsonValue? at, InputErrors errors)
    {
        if (at is not { Kind: JsonValueKind.Object }) return;
        if (BatchingPolicies.Find(engine.Policy) is not { } policy)
        {
            if (at.Member("policy") is { } unknown) unknown.Report(errors, $"{unknown.Shown} is no policy", Names.Suggest(engine.Policy, BatchingPolicies.Names.ToList()));
            return;
        }

        var found = new InputErrors();
        engine.Check(at.File, at.Path, found);
        foreach (var error in found.Items)
        {
            var place = error.Member.StartsWith(at.Path + ".", StringComparison.Ordinal) ? at.Member(error.Member[(at.Path.Length + 1)..]) : null;
            if (place is not null) place.Report(errors, error.Problem, error.Remedy);
            else errors.Add(error);
        }

        if (engine.Preemption != "swap" || at.Member("preemption") is not { } swap) return;
        if (policy.Defaults.Preemption is null)
            swap.Report(errors, $"means nothing for policy {policy.Name}, which recomputes or never preempts", "leave it out, or use policy " + string.Join(", ", BatchingPolicies.All.Where(p => p.Defaults.Preemption is not null).Select(p => p.Name)));
        else if (engine.SwapBlocks is null or 0)
            swap.Report(errors, "\"swap\" has no host memory to swap to, so everything would be recomputed", "give \"swapBlocks\", or leave it out");
    }

    private static void CheckMachine(MachineSection machine, JsonValue? at, InputErrors errors)
    {
        if (at?.Member("hardware") is { Kind: JsonValueKind.String } hardware && !IsFile(hardware.Text, ".json") && !HardwareCatalogue.Default.Names.Contains(hardware.Text, StringComparer.OrdinalIgnoreCase))
            hardware.Report(errors, $"no device is called {hardware.Shown}", Names.Suggest(hardware.Text, HardwareCatalogue.Default.Names) is { Length: > 0 } near ? near : "llmsim hardware lists them; a path must end in .json");
        var needed = machine.Sharing.Devices;
        if (machine.Count is { } count && count != needed && at is not null)
            (at.Member("count") ?? at).Report(errors, $"{count} devices, where the parallel members make {needed}", "leave count out, or make them equal");
        if (machine.Offload is { } offload && at?.Member("offload") is { } there) CheckOffload(offload, there, errors);
    }

    private static void CheckOffload(OffloadSection offload, JsonValue at, InputErrors errors)
    {
        foreach (var (name, share) in new[] { ("weights", offload.Weights), ("kv", offload.Kv) })
        {
            if (share.Sum > 1 + 1e-9)
                at.Member(name)!.Report(errors, FormattableString.Invariant($"{100 * share.Sum:0.##} % lie outside the device"), "shares add up to at most 1");
        }

        if (offload.Schedule == OffloadSection.LayerAhead) return;
        foreach (var (name, member) in at.Members)
        {
            // A share of 0 is what an axis writes where nothing is asked.
            if (name != "schedule" && !(member.Kind == JsonValueKind.Number && member.Number == 0))
                member.Report(errors, $"means nothing with schedule \"{offload.Schedule}\", which decides it", "leave it out, or use schedule \"layer-ahead\"");
        }
    }

    private static void CheckWorkload(WorkloadSection workload, JsonValue at, InputErrors errors)
    {
        var arrivals = workload.Arrivals;
        if (workload.Trace is null)
        {
            if (arrivals is null) errors.Add(at.File, at.Line, "workload.arrivals", "is missing", "describe arrivals, or name a trace");
            if (workload.Lengths is null && arrivals?.Kind != "clients")
                errors.Add(at.File, at.Line, "workload.lengths", "is missing", "one of " + string.Join(", ", NamedLengths.All) + ", …");
            foreach (var member in new[] { "format", "timeScale", "hashBlockTokens" })
                at.Member(member)?.Report(errors, "means nothing without a trace");
        }
        else
        {
            if (workload.Lengths is not null) at.Member("lengths")!.Report(errors, "stands beside a trace", "a trace has its own lengths");
            if (workload.Prefixes is not null) at.Member("prefixes")!.Report(errors, "stands beside a trace", "a trace has its own prefixes");
            if (arrivals?.Kind is "closed-loop" or "sessions")
                at.Member("arrivals")!.Report(errors, $"kind {arrivals.Kind} cannot replay a trace", "leave the recorded times, use an open process, or take the trace's lengths only: lengths { \"kind\": \"file\", \"path\": … } instead of trace");
            if (arrivals is not null && at.Member("timeScale") is { } scale) scale.Report(errors, "stands beside arrivals", "give one of the two");
        }

        if (arrivals is { Kind: "markov", States.Count: 0 }) at.Member("arrivals")!.Report(errors, "has no states", "write states: [{ rate, seconds }, …]");
        if (arrivals is { Kind: "markov", States.Count: > 0 } && arrivals.States.All(s => s.Rate is null or 0))
            at.Member("arrivals")!.Report(errors, "no state has a rate above 0");
        if (arrivals is not null && workload.Trace is null) CheckSpan(arrivals, workload.Requests ?? WorkloadBuilder.DefaultRequests, at, errors);
        if (workload.Lengths is { } lengths && at.Member("lengths") is { } place) CheckLengths(lengths, arrivals, place, errors);
    }

    /// <summary>That the requests all come before the clock ends, on average; a process that strays says so when it does.</summary>
    private static void CheckSpan(ArrivalsSection arrivals, long requests, JsonValue at, InputErrors errors)
    {
        var rate = arrivals.Rate ?? 0;
        if (arrivals.Kind == "markov")
            rate = arrivals.States.Sum(s => (s.Rate ?? 0) * (s.Seconds ?? 0)) / arrivals.States.Sum(s => s.Seconds ?? 0);
        else if (arrivals.Kind == "sessions")
            rate *= arrivals.Turns;
        if (rate > 0 && requests / rate > Arrival.LastSeconds && at.Member("arrivals") is { } place)
            (place.Member("rate") ?? place).Report(errors, FormattableString.Invariant($"a mean of {rate:G3} requests/s spreads {requests} requests over more than 100 years"), "raise the rate, or ask for fewer requests");
    }

    private static void CheckLengths(LengthsSection lengths, ArrivalsSection? arrivals, JsonValue at, InputErrors errors)
    {
        if (lengths.Kind == "clients" && arrivals?.Kind != "clients") at.Report(errors, "kind clients needs arrivals of kind clients");
        foreach (var (section, name) in new[] { (lengths.Prompt, "prompt"), (lengths.Output, "output") })
        {
            if (section is null || at.Member(name) is not { } place || errors.Items.Any(e => e.Member.StartsWith(place.Path, StringComparison.Ordinal))) continue;
            if (lengths.Kind == "fixed" && section.Tokens is null) place.Report(errors, "has no length", "write a number of tokens");
            if (lengths.Kind == "uniform" && section.Max is null) place.Report(errors, "has no longest length", "write { \"min\": 1, \"max\": 2048 }");
            if (lengths.Kind == "uniform" && section.Max < section.Min) place.Report(errors, $"max {section.Max} is below min {section.Min}");
            if (lengths.Kind == "log-normal" && section.Mean is null) place.Report(errors, "has no mean", "write { \"mean\": 500, \"cv\": 1 }");
        }
    }
}
