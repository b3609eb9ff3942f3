using System.CommandLine;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Serving.Policies;
using LlmSim.Serving.Routers;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim policies</c>: batching policies and routers by name.</summary>
internal static class PoliciesCommand
{
    public static Command Create() => CatalogueCommand.Create(
        "policies", "Lists batching policies and routers. Example: llmsim policies show vllm-v1", "a batching policy or a router",
        "Prints one policy: what it does, its engine's defaults and flags.", List, Show);

    private static Sheet List()
    {
        var sheet = new Sheet("name", "kind", "what it does");
        foreach (var policy in BatchingPolicies.All) sheet.Add(policy.Name, "batching", policy.Summary);
        foreach (var router in RoutingPolicies.All) sheet.Add(router.Name, "router", router.Summary);
        return sheet;
    }

    private static void Show(string name, TextWriter output)
    {
        if (BatchingPolicies.Find(name) is { } policy)
        {
            output.WriteLine($"{policy.Name} ({policy.Engine})");
            output.WriteLine("  " + policy.Summary);
            output.WriteLine("  defaults: " + Defaults(policy));
            foreach (var (flag, member) in policy.Flags.OrderBy(f => f.Key, StringComparer.Ordinal)) output.WriteLine($"  {flag} is engine.{member}");
            return;
        }

        if (RoutingPolicies.Find(name) is { } router)
        {
            output.WriteLine($"{router.Name} (router)");
            output.WriteLine("  " + router.Summary);
            return;
        }

        string[] known = [.. BatchingPolicies.Names, .. RoutingPolicies.Names];
        throw new InputException(new InputError("policy", 0, "", $"no policy is called \"{name}\"", Names.Suggest(name, known)));
    }

    private static string Defaults(PolicyDescription policy)
    {
        var set = policy.Defaults.GetType().GetProperties()
            .Select(p => (p.Name, Value: p.GetValue(policy.Defaults)))
            .Where(p => p.Value is int or long or double or bool)
            .Select(p => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{char.ToLowerInvariant(p.Name[0])}{p.Name[1..]} {p.Value}"));
        return string.Join(", ", set);
    }
}
