using System.Globalization;
using ScottPlot.Plottables;

namespace ScottPlot;

public sealed class PlottableAdder
{
    private readonly List<string> _calls;
    private readonly List<Scatter> _scatters = [];

    internal PlottableAdder(List<string> calls) => _calls = calls;

    public Scatter Scatter(double[] xs, double[] ys)
    {
        _calls.Add(string.Create(CultureInfo.InvariantCulture, $"scatter {string.Join(' ', xs.Select(x => x.ToString(CultureInfo.InvariantCulture)))} | {string.Join(' ', ys.Select(y => y.ToString(CultureInfo.InvariantCulture)))}"));
        _scatters.Add(new());
        return _scatters[^1];
    }

    internal IEnumerable<string> Texts() => _scatters.Select(s => $"text {s.LegendText}");
}
