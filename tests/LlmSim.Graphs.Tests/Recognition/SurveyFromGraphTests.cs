using System.Text.Json;
using LlmSim.Graphs.Operators;
using LlmSim.Graphs.Tests.Rules;
using LlmSim.Tests;

namespace LlmSim.Graphs.Tests.Recognition;

public class SurveyFromGraphTests
{
    private static readonly Dictionary<string, string> Shipped = new(StringComparer.Ordinal)
    {
        ["meta-llama/Llama-2-7b-hf"] = "llama-2-7b",
        ["meta-llama/Llama-2-13b-hf"] = "llama-2-13b",
        ["meta-llama/Llama-2-70b-hf"] = "llama-2-70b",
        ["meta-llama/Llama-3-8B"] = "llama-3-8b",
        ["facebook/opt-125m"] = "opt-125m",
        ["facebook/opt-6.7b"] = "opt-6.7b",
        ["facebook/opt-66b"] = "opt-66b",
        ["THUDM/chatglm3-6b"] = "chatglm3-6b",
        ["EleutherAI/gpt-j-6B"] = "gpt-j-6b",
    };

    [SharedFact]
    public void All_settings_of_the_surveys_tool_come_out_from_graphs()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("llm-viewer/reference.json")));
        var models = new Dictionary<string, LanguageModel>(StringComparer.Ordinal);
        var settings = document.RootElement.GetProperty("settings");
        Assert.Equal(36, settings.GetArrayLength());
        foreach (var setting in settings.EnumerateArray())
        {
            var name = setting.GetProperty("model").GetString()!;
            if (!models.TryGetValue(name, out var model)) models[name] = model = Recognised.Shipped(Shipped[name]);
            LlmViewerReference.Compare(model, setting, document.RootElement.GetProperty("hardware"));
        }
    }

    [SharedFact]
    public void A_graph_of_another_exporter_gives_the_same_table()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(SharedData.Path("llm-viewer/reference.json")));
        var model = Recognised.Real("genai_builder_v0.8.2/llama-2-7b-fp16-mha-cpu");
        foreach (var setting in document.RootElement.GetProperty("settings").EnumerateArray())
            if (setting.GetProperty("model").GetString() == "meta-llama/Llama-2-7b-hf")
                LlmViewerReference.Compare(model, setting, document.RootElement.GetProperty("hardware"));
    }
}
