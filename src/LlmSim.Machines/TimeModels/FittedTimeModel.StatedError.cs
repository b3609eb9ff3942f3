using System.Globalization;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.TimeModels;

// What the model says of its errors: those of the constants that some operators' times are made of.
public sealed partial class FittedTimeModel
{
    /// <inheritdoc/>
    public string StatedError(TimedOperators timed)
    {
        ArgumentNullException.ThrowIfNull(timed);
        var classes = ClassesOf(timed);
        var own = string.Join(", ", classes.Where(c => !c.Borrowed).Select(Error));
        var borrowed = string.Join(", ", classes.Where(c => c.Borrowed).Select(Error));
        return (own.Length > 0 ? $"fitted on {_device.Name}{(_kernels is null ? "" : $", kernels of {_kernels} where they were measured")}: {own}" : $"nothing fitted on {_device.Name}")
            + (borrowed.Length > 0 ? $"; unfitted, constants of other devices{(classes.Exists(c => c.Borrowed && c.Constants.Source != ConstantSource.Borrowed) ? " or formats" : "")}: {borrowed}" : "");
    }

    /// <summary>The constants that the times of some operators are made of, class by class.</summary>
    private List<UsedClass> ClassesOf(TimedOperators timed)
    {
        var used = new List<(int Place, UsedClass Class)>();
        void Use<T>(int place, in FormatConstants<T> constants, NumberFormat? format = null)
            where T : struct
        {
            if (constants.Chosen is { } chosen) used.Add((place, new UsedClass(chosen, constants.Borrowed, format)));
        }

        void UseAttention()
        {
            var cache = timed.Precision.KvCache;
            if (timed.Prompts) Use(1, _prefill[(int)cache], Cached(cache));
            if (timed.Decodes) Use(2, _decode[(int)cache], Cached(cache));
        }

        foreach (var spec in timed.Operators)
        {
            var format = IdealTimeModel.MatrixFormat(spec, timed.Precision);
            switch (spec.Kernel)
            {
                case Linear or Router:
                    Use(0, _gemm[(int)format], Computed(format));
                    break;
                case AttentionScores or AttentionValues:
                    Use(0, _gemm[(int)timed.Precision.Activations], Computed(timed.Precision.Activations));
                    break;
                case Attention:
                    UseAttention();
                    if (timed is { Prompts: true, Decodes: true }) Use(3, _mixed);
                    break;
                case MultiLatentAttention:
                    Use(0, _gemm[(int)timed.Precision.Activations], Computed(timed.Precision.Activations));
                    UseAttention();
                    break;
                case MixtureOfExperts:
                    Use(4, _experts[(int)format], Computed(format));
                    break;
                case Collective collective:
                    if (HasMeasured(collective)) Use(5, _allReduce);
                    break;
                default:
                    Use(6, _elementwise);
                    break;
            }
        }

        return [.. used.Distinct().OrderBy(u => u.Place).ThenBy(u => u.Class.Constants.Format).Select(u => u.Class)];
    }

    private static string Error(UsedClass used)
    {
        var constants = used.Constants;
        var text = string.Create(CultureInfo.InvariantCulture, $"{constants.Label} ±{100 * constants.HeldOutError:F0} %");
        if (used.Format is { } format && constants.Format is { } fitted && format != fitted) text += $" for {format.Name()}";
        return constants.Source == ConstantSource.Borrowed ? $"{text} ({constants.FittedOn})" : text;
    }

    /// <summary>Constants of one class, and the format that they are used for where they were fitted in formats.</summary>
    private readonly record struct UsedClass(TimeConstants Constants, bool Borrowed, NumberFormat? Format);
}
