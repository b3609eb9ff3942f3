using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Passes;

/// <summary>One operator of a pass and what it costs.</summary>
/// <param name="Group">Name of its layer group.</param>
/// <param name="Name">Its name, unique within the group.</param>
/// <param name="Count">How often the pass executes it: once for each layer of the group.</param>
/// <param name="Spec">What it is.</param>
/// <param name="Work">Work of one execution.</param>
/// <param name="Time">Time of one execution.</param>
public sealed record PassRow(string Group, string Name, int Count, OperatorSpec Spec, OperatorWork Work, OperatorTime Time)
{
    /// <summary>Time of all executions, in seconds.</summary>
    public double TotalSeconds => Count * Time.Seconds;

    /// <summary>Floating-point operations per second that it reaches; 0 when it takes no time.</summary>
    public double FlopsPerSecond => Time.Seconds > 0 ? Work.Flops / Time.Seconds : 0;
}
