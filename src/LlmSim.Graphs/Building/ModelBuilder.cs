using System.Globalization;
using System.Text.Json;
using LlmSim.Files;
using LlmSim.Graphs.Building.Architectures;
using LlmSim.Graphs.Building.Shapes;
using LlmSim.Graphs.Building.Writing;
using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Building;

/// <summary>
/// Builds the ONNX graph of a decoder from its Hugging Face configuration, without weights: every matrix is declared with its type, shape and place
/// in a data file that does not exist. The same configuration and options give the same bytes.
/// </summary>
public static class ModelBuilder
{
    // A model of this many parameters would fill ten thousand of today's largest accelerators; a configuration that asks for more is wrong.
    private const double MaxParameters = 1e15;

    /// <summary>Families that can be built, by their model_type.</summary>
    public static IReadOnlyList<string> Families { get; } = KnownArchitectures.All.Select(a => a.Family).ToList();

    /// <summary>Builds a graph.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="options">Number formats.</param>
    /// <param name="errors">Takes everything that is wrong with them.</param>
    /// <returns>Null when something is wrong.</returns>
    public static OnnxModel? Build(HfConfig config, BuildOptions options, InputErrors errors)
    {
        var before = errors.Count;
        options.Check(errors);
        var decoder = Describe(config, errors);
        if (decoder is null) return null;
        // Where a configuration has several parts, either may hold it.
        var outer = config.Root.Member("quantization_config") is { Kind: JsonValueKind.Object };
        var quantised = outer ? config.Root : Recognise(config.Root, errors).Value;
        var formats = MatrixFormats.Choose(options, new ConfigReader(quantised, errors));
        if (errors.Count > before) return null;
        if (formats.Note is { } note) decoder = decoder with { Notes = [.. decoder.Notes, note] };
        return new OnnxModel
        {
            IrVersion = 10,
            ProducerName = "llmsim",
            ProducerVersion = "1",
            OpsetImports = new Dictionary<string, long> { [""] = 21, [GraphBuilder.Microsoft] = 1 },
            Metadata = Metadata(config, decoder),
            Graph = DecoderWriter.Write(decoder, options, formats),
        };
    }

    /// <summary>The figures of a model, without building its graph.</summary>
    /// <param name="config">Configuration.</param>
    /// <param name="errors">Takes everything that is wrong with it.</param>
    /// <returns>Null when something is wrong.</returns>
    public static ModelFigures? Figures(HfConfig config, InputErrors errors) => Describe(config, errors) is { } decoder
        ? new ModelFigures(
            decoder.Family, (long)decoder.Parameters, (long)decoder.ActiveParameters, decoder.Layers.Count, decoder.Hidden, decoder.Vocabulary,
            decoder.KvElementsPerToken, decoder.MaxContextTokens)
        : null;

    /// <summary>What a configuration says, as data.</summary>
    internal static DecoderShape? Describe(HfConfig config, InputErrors errors)
    {
        var before = errors.Count;
        var (architecture, value) = Recognise(config.Root, errors);
        if (architecture is null) return null;
        var decoder = architecture.Read(new ConfigReader(value, errors));
        if (errors.Count > before) return null;

        if (decoder.Parameters > MaxParameters)
        {
            var shown = decoder.Parameters.ToString("E1", CultureInfo.InvariantCulture);
            config.Root.Report(errors, $"the sizes amount to {shown} parameters, which no model has");
            return null;
        }

        return ReferenceEquals(value, config.Root) ? decoder : decoder with { Notes = [.. decoder.Notes, ModelNotes.LanguageOnly] };
    }

    /// <summary>The family, and the object that holds its fields: the configuration itself, or its text_config where it has several parts.</summary>
    private static (Architecture? Architecture, JsonValue Value) Recognise(JsonValue root, InputErrors errors)
    {
        foreach (var value in new[] { root, root.Member("text_config") })
        {
            if (value is not { Kind: JsonValueKind.Object }) continue;
            if (KnownArchitectures.Find(ModelType(value), ClassNames(value)) is { } architecture) return (architecture, value);
        }

        const string unknown = "the builder does not know the architecture ";
        var known = "known: " + string.Join(", ", Families);
        if (root.Member("model_type") is { } type) type.Report(errors, unknown + type.Shown, known);
        else if (root.Member("architectures") is { } names) names.Report(errors, unknown + string.Join(", ", ClassNames(root)), known);
        else errors.Add(root.File, root.Line, "model_type", "is missing", known);
        return (null, root);
    }

    private static string ModelType(JsonValue value) => value.Member("model_type") is { Kind: JsonValueKind.String } type ? type.Text : "";

    private static List<string> ClassNames(JsonValue value) =>
        value.Member("architectures")?.Items.Where(i => i.Kind == JsonValueKind.String).Select(i => i.Text).ToList() ?? [];

    private static List<KeyValuePair<string, string>> Metadata(HfConfig config, DecoderShape decoder)
    {
        var metadata = new List<KeyValuePair<string, string>>
        {
            new(ModelMetadata.Family, decoder.Family),
            new(ModelMetadata.MaxContextTokens, decoder.MaxContextTokens.ToString(CultureInfo.InvariantCulture)),
            new(ModelMetadata.Source, config.Source),
        };
        for (var i = 0; i < decoder.Notes.Count; i++)
            metadata.Add(new(ModelMetadata.NotePrefix + (i + 1).ToString(CultureInfo.InvariantCulture), decoder.Notes[i]));
        return metadata;
    }
}
