using System.Globalization;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels.Measured;

namespace LlmSim.Machines.TimeModels;

/// <summary>
/// Times from a measured table, as utilisation of the ideal time; another model answers for operators that the table does not hold and sizes outside its points.
/// </summary>
/// <remarks>
/// Approximations: a ragged batch has the utilisation of an even one of the same mean length, and the ideal time of its own, so that what a context much longer than the others
/// costs besides is left out; prompts behind a cached prefix, sliding windows and latent attention are left to the other model.
/// </remarks>
/// <param name="table">The table.</param>
/// <param name="ideal">The ideal times that its utilisations refer to.</param>
/// <param name="beyond">The model beyond the table.</param>
/// <param name="mixedInOneLaunch">
/// Whether prompts and decodes of one batch go through one kernel, which tables of either say nothing about; else their times add up, but for the
/// shorter launch, which gets ready while the other runs.
/// </param>
public sealed class MeasuredTimeModel(MeasuredTable table, IdealTimeModel ideal, ITimeModel beyond, bool mixedInOneLaunch = false) : ITimeModel
{
    private readonly SortedSet<string> _outside = new(StringComparer.Ordinal);
    private readonly bool[] _warned = new bool[Enum.GetValues<MeasuredClass>().Length];

    /// <inheritdoc/>
    public string Kind => "measured";

    /// <inheritdoc/>
    public BatchNeeds Needs => beyond.Needs;

    /// <summary>What was asked for outside the table's points, once for each class that it holds, and what the other model warns of.</summary>
    public IReadOnlyCollection<string> Warnings => [.. _outside, .. beyond.Warnings];

    /// <inheritdoc/>
    public string StatedError(TimedOperators timed)
    {
        ArgumentNullException.ThrowIfNull(timed);
        return $"measured: {table.Describe(timed)}; other operators and sizes: {beyond.StatedError(timed)}";
    }

    /// <inheritdoc/>
    public ITimeModel Fresh() => new MeasuredTimeModel(table, ideal, beyond.Fresh(), mixedInOneLaunch);

    /// <inheritdoc/>
    public bool HasMeasured(Collective collective) => beyond.HasMeasured(collective);

    /// <inheritdoc/>
    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        if (work.MemoryBytes <= 0 && work.Flops <= 0) return default;
        var utilization = spec.Kernel switch
        {
            Linear linear => Gemm(linear.Rows.Rows(batch), linear.Outputs, linear.Inputs, precision.WeightsOr(linear.Stored), precision),
            Router router => Gemm(batch.Tokens, router.Experts, router.Hidden, precision.WeightsOr(router.Stored), precision),
            Attention attention when batch.Prefill.Tokens == 0 => Utilization(Decode(attention, batch.Decode, precision)),
            Attention attention when batch.Decode.Tokens == 0 => Utilization(Prefill(attention, batch.Prefill, precision)),
            Attention attention when ReferenceEquals(spec, attention) && !mixedInOneLaunch && Mixed(attention, batch, precision) is { } mixed => mixed,
            _ => double.NaN,
        };
        if (double.IsNaN(utilization)) return beyond.Time(spec, work, batch, precision);
        var time = ideal.Time(spec, work, batch, precision);
        return time with { Seconds = time.Seconds / utilization };
    }

    private double Gemm(double m, double n, double k, in WeightFormat stored, in Precision precision) =>
        Utilization(MeasuredShape.Gemm(MeasuredFormats.Product(precision.Activations, stored.Format), m, n, k));

    /// <summary>The utilisation of both kernels together: their ideal time, as one, over the time they take; null where either lies outside.</summary>
    private double? Mixed(Attention attention, in BatchShape batch, in Precision precision)
    {
        if (Decode(attention, batch.Decode, precision) is not { } decode || Prefill(attention, batch.Prefill, precision) is not { } prefill) return null;
        double decoded = Utilization(decode), prefilled = Utilization(prefill);
        if (double.IsNaN(decoded) || double.IsNaN(prefilled)) return null;
        var seconds = ideal.Time(attention, attention.PhaseWork(batch.Decode, precision), batch, precision).Seconds / decoded
            + ideal.Time(attention, attention.PhaseWork(batch.Prefill, precision), batch, precision).Seconds / prefilled
            - Math.Min(table.Shortest(decode), table.Shortest(prefill));
        return ideal.Time(attention, attention.Work(batch, precision), batch, precision).Seconds / seconds;
    }

    private static MeasuredShape? Decode(Attention attention, in PhaseShape phase, in Precision precision) => MeasuredHeads.Of(attention) is { } heads
        ? MeasuredShape.Attention(MeasuredClass.DecodeAttention, MeasuredFormats.Cache(precision.KvCache), heads, phase.Sequences, (double)phase.ContextTokens / phase.Sequences)
        : null;

    // Tables hold prompts from an empty cache: behind a prefix the length is left out, so that no point is found.
    private static MeasuredShape? Prefill(Attention attention, in PhaseShape phase, in Precision precision) => MeasuredHeads.Of(attention) is { } heads
        ? MeasuredShape.Attention(
            MeasuredClass.PrefillAttention, MeasuredFormats.Cache(precision.KvCache), heads, phase.Sequences,
            phase.Tokens == phase.ContextTokens ? (double)phase.Tokens / phase.Sequences : 0)
        : null;

    private double Utilization(in MeasuredShape? asked)
    {
        if (asked is not { } shape) return double.NaN;
        var utilization = table.Utilization(shape);
        if (double.IsNaN(utilization) && !_warned[(int)shape.Class] && table.FilesOf(shape.Class, shape.Formats) is { } files) Warn(shape, files);
        return utilization;
    }

    // Once for each class: a warning is worth its allocation, a decode iteration is not.
    private void Warn(in MeasuredShape shape, string files)
    {
        _warned[(int)shape.Class] = true;
        var sizes = shape switch
        {
            { Class: MeasuredClass.Gemm } => string.Create(CultureInfo.InvariantCulture, $"m, n, k = {shape.Size:G6}, {shape.First:G6}, {shape.Second:G6} lies outside the points"),
            { Length: 0 } => "prompts behind a cached prefix are not among the points",
            _ => string.Create(CultureInfo.InvariantCulture, $"heads, KV heads, width = {shape.First}, {shape.Second}, {shape.Third}: sequences, length = {shape.Size:G6}, {shape.Length:G6} lies outside the points"),
        };
        _outside.Add($"{MeasuredTable.NameOf(shape.Class)} {shape.Formats.Label}: {sizes} of {files}; {beyond.Kind} times are used there");
    }
}
