using LlmSim.Workloads.Arrivals;
using LlmSim.Workloads.Lengths;
using LlmSim.Workloads.Prefixes;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Sources;

/// <summary>Independent requests: times from an arrival process, lengths from a distribution, prefixes shared by some.</summary>
/// <param name="arrivals">When.</param>
/// <param name="lengths">How long.</param>
/// <param name="prefixes">What prompts have in common; null for nothing.</param>
public sealed class SyntheticRows(IArrivalProcess arrivals, ILengths lengths, SharedPrefixes? prefixes = null) : IRequestRows
{
    /// <inheritdoc/>
    public bool Next(ref TraceRow row)
    {
        var arrival = arrivals.Next();
        row = new TraceRow { ArrivalNanoseconds = SimulatedTime.Nanoseconds(arrival) };
        lengths.Next(arrival.Client, out var prompt, out var output);
        row.PromptTokens = prompt;
        row.OutputTokens = output;
        prefixes?.Put(ref row);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
