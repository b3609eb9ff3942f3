using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.Hardware;

/// <summary>Dense peak rates of one kind of unit, per number format, in operations per second (1 multiply-accumulate = 2).</summary>
public sealed class FormatRates
{
    private static readonly NumberFormat[] s_all = Enum.GetValues<NumberFormat>();
    private readonly double[] _operationsPerSecond = new double[s_all.Length];

    /// <summary>No unit of this kind.</summary>
    public static FormatRates None { get; } = new([]);

    /// <summary>Rates by format; formats that are not named are not offered.</summary>
    public FormatRates(IEnumerable<KeyValuePair<NumberFormat, double>> rates)
    {
        ArgumentNullException.ThrowIfNull(rates);
        foreach (var (format, rate) in rates) _operationsPerSecond[(int)format] = rate;
    }

    /// <summary>Operations per second in a format; 0 when the unit does not compute in it.</summary>
    public double this[NumberFormat format] => _operationsPerSecond[(int)format];

    /// <summary>Whether the unit computes in a format.</summary>
    public bool Offers(NumberFormat format) => this[format] > 0;

    /// <summary>Formats the unit computes in, by declaration order of <see cref="NumberFormat"/>.</summary>
    public IEnumerable<NumberFormat> Formats => s_all.Where(Offers);
}
