using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg;

/// <summary>The values of a mark that an axis has to reach.</summary>
internal static class Extents
{
    public static IEnumerable<double> Of(Mark mark, bool isX) => (mark switch
    {
        LineMark line => isX ? line.X : line.Y,
        PointsMark points => points.Points.Select(p => isX ? p.X : p.Y),
        BarsMark bars => bars.Bars.SelectMany(b => (IEnumerable<double>)[b.From, b.To]), // used by the value axis only: the other one has categories
        StackMark stack => isX ? stack.X : Tops(stack),
        BandMark band => isX ? band.X : band.Low.Concat(band.High),
        SpansMark spans => isX ? spans.Spans.SelectMany(s => (IEnumerable<double>)[s.Start, s.End]) : [],
        ReferenceMark reference => reference.Widens && reference.Vertical == isX ? [reference.At] : [],
        RegionMark => [],
        TicksMark ticks => isX ? ticks.X : [],
        _ => [],
    }).Where(double.IsFinite);

    private static IEnumerable<double> Tops(StackMark stack)
    {
        yield return 0;
        for (var i = 0; i < stack.X.Count; i++)
        {
            double sum = 0;
            foreach (var layer in stack.Layers) sum += i < layer.Values.Count && layer.Values[i] > 0 && double.IsFinite(layer.Values[i]) ? layer.Values[i] : 0;
            yield return sum;
        }
    }
}
