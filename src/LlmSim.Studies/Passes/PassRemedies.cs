using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Plans;
using LlmSim.Graphs.Numbers;
using LlmSim.Studies.Runs;

namespace LlmSim.Studies.Passes;

/// <summary>What would make a pass fit that does not, each change tried by itself.</summary>
public static class PassRemedies
{
    /// <summary>The changes, in words; empty when the pass fits, or when nothing that was tried helps.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="answer"/> is null.</exception>
    public static IReadOnlyList<string> Of(PassAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var question = answer.Question;
        if (answer.Fits || question.Rules == CountingRules.LlmViewer) return [];
        return question.IsScheduled || question.OutputTokens is not null || answer.Tiers.Count > 1 ? Asked(question) : OnOneDevice(question);
    }

    private static IReadOnlyList<string> OnOneDevice(PassQuestion question)
    {
        var model = PassPlanning.Executed(question);
        return MemoryFit.Of(model, PassPlanning.BatchOf(question, model), question.Precision, question.Device, sharded: question.Parallelism.Devices > 1).Remedies;
    }

    /// <summary>Changes whose effect only the whole plan tells: it is made again with each of them.</summary>
    private static List<string> Asked(PassQuestion question)
    {
        var found = new List<string>();
        void Try(string words, PassQuestion changed)
        {
            try
            {
                if (PassAnalysis.Answer(changed).Fits) found.Add(words);
            }
            catch (Exception e) when (e is PlanException or ImpossibleException)
            {
                // A change that the machine cannot make is no remedy.
            }
        }

        var precision = question.Precision;
        Try("weights in int4 (groups of 128)", question with { Precision = precision with { Weights = new WeightFormat(NumberFormat.Int4, 128, 16) } });
        if (precision.KvCache.Bits() > 8) Try("KV cache in fp8", question with { Precision = precision with { KvCache = NumberFormat.Fp8 } });
        if (question.Parallelism.Pipeline > 1 && 2 * question.Parallelism.Pipeline <= question.Model.LayerCount)
            Try($"{2 * question.Parallelism.Pipeline} pipeline stages", question with { Parallelism = question.Parallelism with { Pipeline = 2 * question.Parallelism.Pipeline } });
        if (question.Offload is { } offload)
        {
            if (offload.Weights.Device > 0) Try("all weights of the layers in host memory", question with { Offload = offload with { Weights = Shares.OnHost } });
            if (offload.KvCache.Device > 0) Try("all of the KV cache in host memory", question with { Offload = offload with { KvCache = Shares.OnHost } });
        }

        var half = question.Batch / 2;
        if (half > 0 && half % question.Parts == 0) Try($"a batch of {half}", question with { Batch = half });
        return found;
    }
}
