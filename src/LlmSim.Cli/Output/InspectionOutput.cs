using System.Globalization;
using System.Text.Json;
using LlmSim.Charts.Numbers;
using LlmSim.Files;
using LlmSim.Graphs.Import;
using LlmSim.Graphs.Operators;
using LlmSim.Studies.Models;

namespace LlmSim.Cli.Output;

/// <summary>Writes what a graph holds.</summary>
internal static class InspectionOutput
{
    /// <summary>Writes in the format asked for.</summary>
    public static void Write(GraphInspection inspection, OutputFormat format, TextWriter output)
    {
        switch (format)
        {
            case OutputFormat.Json: WriteJson(inspection, output); break;
            case OutputFormat.Csv: Nodes(inspection).WriteCsv(output); break;
            default: WriteTable(inspection, output); break;
        }
    }

    private static void WriteTable(GraphInspection inspection, TextWriter output)
    {
        var (graph, model) = (inspection.Loaded.Graph, inspection.Model);
        output.WriteLine($"{inspection.Loaded.Source.Name}: {graph.FileNodeCount:N0} nodes, opset {graph.Opset}, by {(graph.Producer.Length > 0 ? graph.Producer : "an unnamed exporter")}");
        output.WriteLine();
        foreach (var input in graph.Inputs.Where(i => !IsLayered(i.Name))) output.WriteLine("  input   " + Describe(input));
        foreach (var output_ in graph.Outputs.Where(o => !IsLayered(o.Name))) output.WriteLine("  output  " + Describe(output_));
        var cache = graph.Inputs.Count(i => IsLayered(i.Name));
        if (cache > 0) output.WriteLine($"  and {cache} cache inputs such as {Describe(graph.Inputs.First(i => IsLayered(i.Name)))}");
        output.WriteLine();

        foreach (var group in model.Groups)
            output.WriteLine($"  {group.Count,3} × {group.Name}: {string.Join(", ", group.Operators.Select(o => o.Name))}");
        output.WriteLine();
        output.WriteLine(
            $"  parameters {inspection.Weights.Parameters:N0}, stored in {SiFormat.Value(inspection.Weights.StoredBytes, Unit.Bytes)}; "
            + $"KV cache {model.KvElementsPerToken:N0} elements per token; hidden size {model.HiddenSize:N0}; vocabulary {model.VocabularySize:N0}");
        output.WriteLine($"  understood: {(model.Coverage * 100).ToString("0.##", CultureInfo.InvariantCulture)} % of the FLOPs");
        output.WriteLine();
        output.WriteLine($"Every node as exported, for batch {inspection.Batch}, {inspection.Sequence:N0} new and {inspection.Past:N0} cached tokens (dense attention, logits everywhere):");
        var sheet = new Sheet("operator", "nodes", "FLOPs", "bytes", "weight bytes");
        foreach (var sum in inspection.ByOperator())
            sheet.Add(sum.Operator, sum.Nodes, Cell.Si(sum.Flops), Cell.Si(sum.Bytes, Unit.Bytes), Cell.Si(sum.WeightBytes, Unit.Bytes));
        sheet.AddBold("total", graph.Nodes.Count, Cell.Si(inspection.Counting.Flops), Cell.Si(inspection.Counting.Bytes, Unit.Bytes), "");
        sheet.WriteTable(output);
        if (inspection.Counting.UndeterminedNodes > 0)
            output.WriteLine($"{inspection.Counting.UndeterminedNodes} nodes have sizes that depend on data and are not counted.");
        foreach (var (name, count) in graph.UnknownOperators)
            output.WriteLine($"{name} ({count} nodes) has no shape rule here: costed by the bytes of its known tensors.");
    }

    private static Sheet Nodes(GraphInspection inspection)
    {
        var sheet = new Sheet("node", "operator", "inputs", "outputs", "macs", "flops", "weight_bytes", "read_bytes", "written_bytes");
        foreach (var count in inspection.Counting.Nodes)
        {
            sheet.Add(
                count.Node.Name, count.Node.FullType, Shapes(count.Node.Inputs, inspection.Bound), Shapes(count.Node.Outputs, inspection.Bound),
                Cell.Si(count.Macs.Total), Cell.Si(count.Flops), Cell.Si(count.Traffic.Weights), Cell.Si(count.Traffic.Read), Cell.Si(count.Traffic.Written));
        }

        return sheet;
    }

    private static void WriteJson(GraphInspection inspection, TextWriter output)
    {
        var (graph, model) = (inspection.Loaded.Graph, inspection.Model);
        output.WriteLine(JsonOutput.Text(json =>
        {
            json.WriteStartObject();
            json.WriteString("model", inspection.Loaded.Source.Name);
            json.WriteString("producer", graph.Producer);
            json.WriteNumber("opset", graph.Opset);
            json.WriteNumber("nodes", graph.FileNodeCount);
            json.WriteNumber("parameters", inspection.Weights.Parameters);
            json.WriteNumber("weightBytes", inspection.Weights.StoredBytes);
            json.WriteNumber("layers", model.LayerCount);
            json.WriteNumber("hiddenSize", model.HiddenSize);
            json.WriteNumber("vocabularySize", model.VocabularySize);
            json.WriteNumber("kvElementsPerToken", model.KvElementsPerToken);
            json.WriteNumber("coverage", model.Coverage);
            Tensors(json, "inputs", graph.Inputs);
            Tensors(json, "outputs", graph.Outputs);
            Groups(json, model);
            json.WriteStartObject("counted");
            json.WriteNumber("batch", inspection.Batch);
            json.WriteNumber("sequence", inspection.Sequence);
            json.WriteNumber("past", inspection.Past);
            json.WriteNumber("macs", inspection.Counting.Macs.Total);
            json.WriteNumber("flops", inspection.Counting.Flops);
            json.WriteNumber("bytes", inspection.Counting.Bytes);
            json.WriteNumber("undeterminedNodes", inspection.Counting.UndeterminedNodes);
            json.WriteEndObject();
            json.WriteStartArray("operators");
            foreach (var sum in inspection.ByOperator())
            {
                json.WriteStartObject();
                json.WriteString("operator", sum.Operator);
                json.WriteNumber("nodes", sum.Nodes);
                json.WriteNumber("flops", sum.Flops);
                json.WriteNumber("bytes", sum.Bytes);
                json.WriteNumber("weightBytes", sum.WeightBytes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteTexts("notes", model.Notes);
            json.WriteEndObject();
        }));
    }

    private static void Tensors(Utf8JsonWriter json, string name, IReadOnlyList<GraphTensor> tensors)
    {
        json.WriteStartArray(name);
        foreach (var tensor in tensors)
        {
            json.WriteStartObject();
            json.WriteString("name", tensor.Name);
            json.WriteString("type", tensor.ElementType.ToString());
            json.WriteString("shape", tensor.Shape?.ToString());
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Groups(Utf8JsonWriter json, LanguageModel model)
    {
        json.WriteStartArray("layerGroups");
        foreach (var group in model.Groups)
        {
            json.WriteStartObject();
            json.WriteString("name", group.Name);
            json.WriteNumber("count", group.Count);
            json.WriteStartArray("operators");
            foreach (var step in group.Operators)
            {
                json.WriteStartObject();
                json.WriteString("name", step.Name);
                json.WriteString("kind", step.Spec.GetType().Name);
                json.WriteNumber("parameters", step.Spec.Parameters);
                json.WriteTexts("nodes", step.SourceNodes);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Shapes(IReadOnlyList<GraphTensor?> tensors, BoundGraph bound) =>
        string.Join(" ", tensors.Select(t => t is null ? "-" : bound.ShapeOf(t) is { } shape ? "[" + string.Join(',', shape) + "]" : "?"));

    private static string Describe(GraphTensor tensor) => $"{tensor.Name}: {tensor.ElementType}{tensor.Shape?.ToString() ?? "[..]"}";

    // Keys and values of the layers: dozens of inputs that read alike.
    private static bool IsLayered(string name) => name.StartsWith("past", StringComparison.Ordinal) || name.StartsWith("present", StringComparison.Ordinal);
}
