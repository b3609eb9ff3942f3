using System.Globalization;
using LlmSim.Files;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Import;

/// <summary>Replaces calls of local functions by their bodies, whose inner values get names of their own at each call.</summary>
internal sealed class FunctionInlining
{
    private const int MaxDepth = 32;
    private const int MaxNodes = 300_000;
    private const int MaxCharacters = 1 << 25;

    private readonly Dictionary<(string Domain, string Name), OnnxFunction> _functions = [];
    private readonly List<(string Domain, string Name)> _calling = [];
    private readonly string _file;
    private readonly InputErrors _errors;
    private int _nodes;
    private int _characters;
    private bool _failed;

    private FunctionInlining(OnnxModel model, string file, InputErrors errors)
    {
        _file = file;
        _errors = errors;
        foreach (var function in model.Functions) _functions.TryAdd((Plain(function.Domain), function.Name), function);
    }

    /// <summary>The nodes of the main graph without calls.</summary>
    public static IReadOnlyList<OnnxNode> Expand(OnnxModel model, string file, InputErrors errors)
    {
        if (model.Functions.Count == 0) return model.Graph.Nodes;
        var inlining = new FunctionInlining(model, file, errors);
        var nodes = new List<OnnxNode>(model.Graph.Nodes.Count);
        foreach (var node in model.Graph.Nodes) inlining.Add(node, nodes);
        return nodes;
    }

    private static string Plain(string domain) => domain is "ai.onnx" ? "" : domain;

    private void Add(OnnxNode node, List<OnnxNode> nodes)
    {
        if (_failed) return;
        if (++_nodes > MaxNodes || _characters > MaxCharacters)
        {
            Fail(node, $"inlining local functions makes more than {MaxNodes:N0} nodes, or names for them that are too long");
            return;
        }

        if (_functions.TryGetValue((Plain(node.Domain), node.OpType), out var function)) Call(node, function, nodes);
        else nodes.Add(WithSubgraphs(node));
    }

    private void Call(OnnxNode call, OnnxFunction function, List<OnnxNode> nodes)
    {
        var key = (Plain(function.Domain), function.Name);
        if (_calling.Contains(key) || _calling.Count == MaxDepth)
        {
            Fail(call, _calling.Contains(key) ? $"local function {function.Name} calls itself" : $"local functions call each other more than {MaxDepth} deep");
            return;
        }

        _calling.Add(key);
        var prefix = (call.Name.Length > 0 ? call.Name : function.Name) + "#" + _nodes.ToString(CultureInfo.InvariantCulture) + "/";
        var names = new Dictionary<string, string>(StringComparer.Ordinal) { [""] = "" };
        for (var i = 0; i < function.Inputs.Count; i++) names[function.Inputs[i]] = i < call.Inputs.Count ? call.Inputs[i] : "";
        for (var i = 0; i < function.Outputs.Count; i++)
        {
            var given = i < call.Outputs.Count ? call.Outputs[i] : "";
            if (!names.TryGetValue(function.Outputs[i], out var passed))
            {
                if (given.Length > 0) names[function.Outputs[i]] = given;
            }
            else if (given.Length > 0)
            {
                // A formal output that is a formal input: the value is passed through.
                nodes.Add(new OnnxNode { Name = prefix + function.Outputs[i], OpType = "Identity", Inputs = [passed], Outputs = [given] });
            }
        }

        foreach (var node in function.Nodes)
        {
            if (_failed) break;
            _characters += (prefix.Length + 16) * (1 + node.Inputs.Count + node.Outputs.Count);
            Add(Instance(node, call, function, prefix, names), nodes);
        }

        _calling.RemoveAt(_calling.Count - 1);
    }

    /// <summary>A node of a function's body as it stands in one call.</summary>
    private static OnnxNode Instance(OnnxNode node, OnnxNode call, OnnxFunction function, string prefix, Dictionary<string, string> names) => node with
    {
        Name = prefix + node.Name,
        Inputs = Renamed(node.Inputs, prefix, names),
        Outputs = Renamed(node.Outputs, prefix, names),
        Attributes = Attributes(node, call, function, prefix, names),
    };

    private static string[] Renamed(IReadOnlyList<string> list, string prefix, Dictionary<string, string> names)
    {
        var renamed = new string[list.Count];
        for (var i = 0; i < renamed.Length; i++) renamed[i] = names.TryGetValue(list[i], out var name) ? name : names[list[i]] = prefix + list[i];
        return renamed;
    }

    private static List<OnnxAttribute> Attributes(OnnxNode node, OnnxNode call, OnnxFunction function, string prefix, Dictionary<string, string> names)
    {
        var attributes = new List<OnnxAttribute>(node.Attributes.Count);
        foreach (var attribute in node.Attributes)
        {
            if (attribute.ReferredName.Length > 0)
            {
                // Neither given nor defaulted: the attribute is absent here too.
                if ((Find(call.Attributes, attribute.ReferredName) ?? Find(function.DefaultAttributes, attribute.ReferredName)) is { } given)
                    attributes.Add(given with { Name = attribute.Name });
            }
            else if (attribute.Graph is { } graph)
            {
                attributes.Add(attribute with { Graph = Instance(graph, call, function, prefix, names) });
            }
            else
            {
                attributes.Add(attribute);
            }
        }

        return attributes;
    }

    /// <summary>A subgraph in a function's body: what it defines keeps its name, what it captures is renamed.</summary>
    private static OnnxGraph Instance(OnnxGraph graph, OnnxNode call, OnnxFunction function, string prefix, Dictionary<string, string> outer)
    {
        var names = new Dictionary<string, string>(outer, StringComparer.Ordinal);
        foreach (var input in graph.Inputs) names[input.Name] = input.Name;
        foreach (var tensor in graph.Initializers) names[tensor.Name] = tensor.Name;
        foreach (var node in graph.Nodes)
            foreach (var output in node.Outputs) names[output] = output;
        var nodes = new OnnxNode[graph.Nodes.Count];
        for (var i = 0; i < nodes.Length; i++) nodes[i] = Instance(graph.Nodes[i], call, function, prefix, names);
        var outputs = new OnnxValueInfo[graph.Outputs.Count];
        for (var i = 0; i < outputs.Length; i++)
            outputs[i] = graph.Outputs[i] with { Name = names.TryGetValue(graph.Outputs[i].Name, out var name) ? name : prefix + graph.Outputs[i].Name };
        return graph with { Nodes = nodes, Outputs = outputs };
    }

    private static OnnxAttribute? Find(IReadOnlyList<OnnxAttribute> attributes, string name)
    {
        foreach (var attribute in attributes)
            if (string.Equals(attribute.Name, name, StringComparison.Ordinal)) return attribute;
        return null;
    }

    /// <summary>Calls inside a node's subgraphs.</summary>
    private OnnxNode WithSubgraphs(OnnxNode node)
    {
        OnnxAttribute[]? changed = null;
        for (var i = 0; i < node.Attributes.Count; i++)
        {
            if (node.Attributes[i].Graph is not { } graph) continue;
            var nodes = new List<OnnxNode>(graph.Nodes.Count);
            foreach (var inner in graph.Nodes) Add(inner, nodes);
            changed ??= [.. node.Attributes];
            changed[i] = node.Attributes[i] with { Graph = graph with { Nodes = nodes } };
        }

        return changed is null ? node : node with { Attributes = changed };
    }

    private void Fail(OnnxNode node, string problem)
    {
        _failed = true;
        _errors.Add(_file, 0, node.Name.Length > 0 ? node.Name : node.OpType, problem, "export the model without local functions");
    }
}
