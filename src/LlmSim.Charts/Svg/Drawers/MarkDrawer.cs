using LlmSim.Charts.Marks;

namespace LlmSim.Charts.Svg.Drawers;

/// <summary>Chooses the drawer of a mark.</summary>
internal static class MarkDrawer
{
    public static void Draw(PanelContext p, Mark mark)
    {
        switch (mark)
        {
            case LineMark line: LineDrawer.Draw(p, line); break;
            case PointsMark points: PointsDrawer.Draw(p, points); break;
            case BarsMark bars: BarsDrawer.Draw(p, bars); break;
            case StackMark stack: AreaDrawer.Draw(p, stack); break;
            case BandMark band: AreaDrawer.Draw(p, band); break;
            case HeatMark heat: HeatDrawer.Draw(p, heat); break;
            case SpansMark spans: SpansDrawer.Draw(p, spans); break;
            case ReferenceMark reference: ReferenceDrawer.Draw(p, reference); break;
            case RegionMark region: ReferenceDrawer.Draw(p, region); break;
            case TicksMark ticks: ReferenceDrawer.Draw(p, ticks); break;
            default: throw new ArgumentException($"no drawer for {mark.GetType().Name}", nameof(mark));
        }
    }
}
