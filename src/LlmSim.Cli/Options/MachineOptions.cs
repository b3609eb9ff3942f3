using System.CommandLine;
using System.Globalization;
using LlmSim.Execution.Placement;
using LlmSim.Files;
using LlmSim.Studies.Scenarios;

namespace LlmSim.Cli.Options;

/// <summary>The options that say whose kernels run, how devices share a pass, where operators run and what is offloaded: members of a scenario's machine.</summary>
internal sealed class MachineOptions
{
    private static readonly string[] s_algorithms = ["auto", "ring", "tree", "one-shot"];
    private static readonly string[] s_schedules = ["layer-ahead", "zero-inference", "accelerate", "flexgen"];

    private readonly Option<string> _tp = Count("--tp", "devices that share every layer (tensor parallel)");
    private readonly Option<string> _pp = Count("--pp", "stages that share the layers (pipeline parallel)");
    private readonly Option<string> _micro = Count("--micro-batches", "equal parts of the batch that follow each other through the stages");
    private readonly Option<string> _ep = Count("--ep", "devices that share the experts of a mixture (expert parallel)");
    private readonly Option<bool> _dp = new("--dp-attention") { Description = "each expert-parallel device has sequences of its own (data-parallel attention, all-to-all)" };
    private readonly Option<string?> _placement = new("--placement")
    {
        Description = "where operators run (default: device)",
        HelpName = string.Join('|', PlacementPolicies.All.Select(p => p.Name)),
    };

    private readonly Option<string?> _kernels = new("--kernels") { Description = "kernel library of the engine, where the device has constants of several (default: the first in its file)", HelpName = "vllm|trtllm" };
    private readonly Option<string?> _collectives = new("--collectives") { Description = "how devices carry out all-reduces and all-gathers (default: auto)", HelpName = string.Join('|', s_algorithms) };
    private readonly Option<string?> _offload = new("--offload") { Description = "how weights and KV cache outside the device are fetched (default: layer-ahead)", HelpName = string.Join('|', s_schedules) };
    private readonly Option<string?> _weights = new("--offload-weights") { Description = "share of the weights outside the device, 0 to 1", HelpName = "SHARE" };
    private readonly Option<string?> _kv = new("--offload-kv") { Description = "share of the KV cache outside the device, 0 to 1", HelpName = "SHARE" };
    private readonly Option<string?> _to = new("--offload-to") { Description = "where they lie (default: host)", HelpName = "host|flash" };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_kernels, _tp, _pp, _micro, _ep, _dp, _collectives, _placement, _offload, _weights, _kv, _to]) command.Add(option);
    }

    /// <summary>The machine asked for; what is wrong is reported and left at its default.</summary>
    public MachineSection Machine(ParseResult parsed, InputErrors errors)
    {
        var placement = parsed.GetValue(_placement) ?? PlacementPolicies.Device.Name;
        if (PlacementPolicies.Find(placement) is not { } known)
        {
            errors.Add("--placement", 0, "", $"\"{placement}\" is not known", "write " + string.Join(", ", PlacementPolicies.All.Select(p => p.Name)));
            known = PlacementPolicies.Device;
        }

        return new MachineSection
        {
            Kernels = parsed.GetValue(_kernels),
            TensorParallel = One("--tp", parsed.GetValue(_tp)!, errors),
            PipelineParallel = One("--pp", parsed.GetValue(_pp)!, errors),
            ExpertParallel = One("--ep", parsed.GetValue(_ep)!, errors),
            DataParallelAttention = parsed.GetValue(_dp),
            Collectives = s_algorithms[PassOptions.Choose("--collectives", parsed.GetValue(_collectives), s_algorithms, 0, errors)],
            Placement = known.Name,
            Offload = Offload(parsed, errors),
        };
    }

    /// <summary>Micro-batches.</summary>
    public int MicroBatches(ParseResult parsed, InputErrors errors) => One("--micro-batches", parsed.GetValue(_micro)!, errors);

    private OffloadSection? Offload(ParseResult parsed, InputErrors errors)
    {
        var (schedule, to) = (parsed.GetValue(_offload), parsed.GetValue(_to));
        var (weights, kv) = (Share("--offload-weights", parsed.GetValue(_weights), errors), Share("--offload-kv", parsed.GetValue(_kv), errors));
        if (schedule is null && to is null && weights is null && kv is null) return null;
        var chosen = s_schedules[PassOptions.Choose("--offload", schedule, s_schedules, 0, errors)];
        var places = new[] { "host", "flash" };
        var place = places[PassOptions.Choose("--offload-to", to, places, 0, errors)];
        if (chosen != "layer-ahead")
        {
            foreach (var (name, given) in new[] { ("--offload-weights", weights is not null), ("--offload-kv", kv is not null), ("--offload-to", to is not null) })
                if (given) errors.Add(name, 0, "", $"means nothing with --offload {chosen}, which decides it", "leave it out");
        }
        else if (weights is null or 0 && kv is null or 0)
        {
            errors.Add("--offload", 0, "", "moves nothing", "say how much with --offload-weights or --offload-kv");
        }

        return new OffloadSection { Schedule = chosen, To = place, Weights = new OffloadShare { Away = weights ?? 0 }, Kv = new OffloadShare { Away = kv ?? 0 } };
    }

    private static double? Share(string option, string? text, InputErrors errors)
    {
        if (text is null) return null;
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) && share is >= 0 and <= 1) return share;
        errors.Add(option, 0, "", $"\"{text}\" is not a share", "write a number from 0 to 1");
        return null;
    }

    private static int One(string option, string text, InputErrors errors)
    {
        var values = IntegerRange.Parse(option, text, 1, 1024, errors);
        if (values.Count > 1) errors.Add(option, 0, "", "takes one number", "run the command once for each");
        return values.Count == 1 ? values[0] : 1;
    }

    private static Option<string> Count(string name, string description) => new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => "1" };
}
