using System.Text;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Graphs.Operators;

/// <summary>
/// What an operator is, free of names and places: its sizes, from which its work follows for any batch. One sealed record a kind, each in
/// its own file beside this one. To add an operator: add such a file, and teach the recognition to find it.
/// </summary>
public abstract record OperatorSpec
{
    /// <summary>The work of one execution under the standard rules: what an engine does for this batch, not what the graph spells out.</summary>
    public abstract OperatorWork Work(in BatchShape batch, in Precision precision);

    /// <summary>
    /// What its work follows. The default is always right; an operator that follows only tokens or sampled positions says so, and costs nothing
    /// per decode iteration from then on.
    /// </summary>
    public virtual BatchDependence DependsOn => BatchDependence.Sequences;

    /// <summary>The operator whose kernel executes this one: itself, but for fused operators. Time models look at this to choose constants.</summary>
    public virtual OperatorSpec Kernel => this;

    /// <summary>Numbers that this operator keeps as weights (parameters).</summary>
    public virtual double Parameters => 0;

    /// <summary>Bytes that those parameters occupy, group scales included.</summary>
    public virtual double WeightBytes(in Precision precision) => 0;

    /// <summary>
    /// Bytes of intermediate results that it keeps in memory while it runs, beside what it reads and writes; 0 for all but operators that are
    /// several steps in one.
    /// </summary>
    public virtual double WorkspaceBytes(in BatchShape batch, in Precision precision) => 0;

    /// <summary>Elements that one token of one sequence adds to the KV cache through this operator; 0 for everything but attention.</summary>
    public virtual double KvElementsPerToken => 0;

    /// <summary>Printed are an operator's own sizes; what follows from them is not (and <see cref="Kernel"/> would print itself without end).</summary>
    protected virtual bool PrintMembers(StringBuilder builder) => false;
}
