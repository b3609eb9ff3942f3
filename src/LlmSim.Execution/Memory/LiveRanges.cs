using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;

namespace LlmSim.Execution.Memory;

/// <summary>
/// When each activation of a layer group is alive: from the operator that writes it to the last one that reads it, both included. The value
/// that enters the group lives from its start, the value that leaves it to its end; a value that nobody reads lives while it is written.
/// </summary>
public sealed class LiveRanges
{
    private readonly LayerGroup _group;
    private readonly int[] _first, _last;

    /// <summary>Finds the ranges of one group.</summary>
    public LiveRanges(LayerGroup group)
    {
        ArgumentNullException.ThrowIfNull(group);
        _group = group;
        _first = new int[group.Values.Count];
        _last = new int[group.Values.Count];
        Array.Fill(_first, int.MaxValue);
        Array.Fill(_last, -1);
        for (var i = 0; i < group.Operators.Count; i++)
        {
            foreach (var value in group.Operators[i].Inputs) Touch(value, i);
            foreach (var value in group.Operators[i].Outputs) Touch(value, i);
        }

        if (_first.Length > 0 && _last[0] >= 0) _first[0] = 0;
        if (group.OutputValue < _last.Length && _last[group.OutputValue] >= 0) _last[group.OutputValue] = group.Operators.Count - 1;
    }

    /// <summary>The moment at which the most bytes are alive; the first of several equal ones.</summary>
    public ActivationPeak Peak(in BatchShape batch, in Precision precision)
    {
        if (_group.Operators.Count == 0) return ActivationPeak.None;
        var bytesPerElement = precision.Activations.Bytes();
        var change = new double[_group.Operators.Count + 1];
        for (var value = 0; value < _first.Length; value++)
        {
            if (_last[value] < 0) continue;
            var bytes = _group.Values[value].Elements(batch) * bytesPerElement;
            change[_first[value]] += bytes;
            change[_last[value] + 1] -= bytes;
        }

        double alive = 0, most = -1;
        var at = 0;
        for (var i = 0; i < _group.Operators.Count; i++)
        {
            alive += change[i];
            var total = alive + _group.Operators[i].Spec.WorkspaceBytes(batch, precision);
            if (total > most) (most, at) = (total, i);
        }

        var names = new List<LiveValue>();
        for (var value = 0; value < _first.Length; value++)
            if (_first[value] <= at && at <= _last[value])
                names.Add(new LiveValue(_group.Values[value].Name, _group.Values[value].Elements(batch) * bytesPerElement));
        if (_group.Operators[at].Spec.WorkspaceBytes(batch, precision) is var workspace and > 0)
            names.Add(new LiveValue(_group.Operators[at].Name + " workspace", workspace));
        // Summed anew: the running sum has added and taken away what is no longer alive.
        return new ActivationPeak(names.Sum(v => v.Bytes), _group.Name, _group.Operators[at].Name, [.. names.OrderByDescending(v => v.Bytes)]);
    }

    /// <summary>The largest of the groups' peaks: between groups only the residual stream is alive, and each group counts it.</summary>
    public static ActivationPeak PeakOf(LanguageModel model, in BatchShape batch, in Precision precision)
    {
        var peak = ActivationPeak.None;
        foreach (var group in model.Groups)
        {
            var candidate = new LiveRanges(group).Peak(batch, precision);
            if (candidate.Bytes > peak.Bytes) peak = candidate;
        }

        return peak;
    }

    private void Touch(int value, int at)
    {
        _first[value] = Math.Min(_first[value], at);
        _last[value] = Math.Max(_last[value], at);
    }
}
