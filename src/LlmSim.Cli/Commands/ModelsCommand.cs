using System.CommandLine;
using LlmSim.Charts.Numbers;
using LlmSim.Cli.Output;
using LlmSim.Files;
using LlmSim.Graphs.Catalogue;

namespace LlmSim.Cli.Commands;

/// <summary><c>llmsim models</c>: the graphs that the catalogue holds.</summary>
internal static class ModelsCommand
{
    public static Command Create() => CatalogueCommand.Create(
        "models", "Lists the models of the catalogue. Example: llmsim models show llama-2-7b", "a model of the catalogue",
        "Prints the figures of one model and where they come from.", Models, Show);

    /// <summary>A line a model.</summary>
    /// <exception cref="InputException">The catalogue holds something wrong.</exception>
    internal static Sheet Models()
    {
        var errors = new InputErrors();
        var sheet = new Sheet("name", "family", "parameters", "active", "layers", "hidden", "KV B/token fp16", "context");
        foreach (var model in ModelCatalogue.Default.All(errors))
        {
            var figures = model.Figures;
            sheet.Add(
                model.Name, figures.Family, Cell.Si(figures.Parameters), Cell.Si(figures.ActiveParameters), figures.Layers, figures.HiddenSize,
                (long)model.KvBytesPerToken(), figures.MaxContextTokens);
        }

        errors.ThrowIfAny();
        return sheet;
    }

    private static void Show(string name, TextWriter output)
    {
        var catalogue = ModelCatalogue.Default;
        var found = catalogue.NameOf(name)
            ?? throw new InputException(new InputError("model", 0, "", $"no model is called \"{name}\"", Names.Suggest(name, catalogue.Names)));
        var errors = new InputErrors();
        var model = catalogue.Entry(found, errors);
        errors.ThrowIfAny();
        var figures = model!.Figures;
        output.WriteLine($"{model.Name} ({figures.Family})");
        output.WriteLine($"  parameters      {figures.Parameters:N0}{(figures.ActiveParameters == figures.Parameters ? "" : $", {figures.ActiveParameters:N0} active per token")}");
        output.WriteLine($"  layers          {figures.Layers}, hidden size {figures.HiddenSize:N0}, vocabulary {figures.VocabularySize:N0}");
        output.WriteLine($"  KV cache        {figures.KvElementsPerToken:N0} elements per token ({SiFormat.Value(model.KvBytesPerToken(), Unit.Bytes)} in fp16)");
        output.WriteLine($"  context         {figures.MaxContextTokens:N0} tokens");
        if (model.Aliases.Count > 0) output.WriteLine($"  also known as   {string.Join(", ", model.Aliases)}");
        output.WriteLine($"  figures from    {model.Source}");
        output.WriteLine($"  graph           {model.GraphPath}");
        output.WriteLine($"  configuration   {model.ConfigPath}");
    }
}
