using LlmSim.Charts.Layout;
using LlmSim.Charts.Marks;
using LlmSim.Charts.Svg.Drawers;

namespace LlmSim.Charts.Svg;

/// <summary>Draws one chart: head, key, panels in a grid, foot.</summary>
internal sealed class ChartDrawing
{
    private const double Side = 26;
    private const double LeastPlot = 70;
    private readonly Chart _chart;
    private readonly string _idPrefix;
    private readonly int _columns;
    private readonly int _rows;

    public ChartDrawing(Chart chart, string idPrefix, bool roomForNotes, double leastHeight = 0)
    {
        _chart = chart;
        _idPrefix = idPrefix;
        RoomForNotes = roomForNotes;
        _columns = Math.Clamp(chart.Columns, 1, Math.Max(1, chart.Panels.Count));
        _rows = (chart.Panels.Count + _columns - 1) / _columns;
        Canvas = new(Math.Max(200, chart.Width), Math.Max(Math.Max(150, chart.Height), leastHeight));
    }

    public Canvas Canvas { get; }

    /// <summary>A line at the foot is kept free for what the picture says about itself.</summary>
    public bool RoomForNotes { get; }

    /// <summary>Height at which every row of panels has a plot worth looking at.</summary>
    public double NeededHeight { get; private set; }

    public void Draw()
    {
        Canvas.Rect(0, 0, Canvas.Width, Canvas.Height, Paint.Paper);
        var top = Head();
        var crowded = _chart.Panels.Select(p => Labelled(p) > FontSizes.MostDirectLabels).ToList();
        top += KeyDrawer.Draw(Canvas, Key(crowded), Side, Canvas.Width - Side, top, _idPrefix);
        var bottom = Foot();
        var plans = Plans(crowded);
        var width = (Canvas.Width - 2 * Side + 12) / _columns;
        var weights = Enumerable.Range(0, _rows).Select(r => Row(r).Max(i => Math.Max(0.05, _chart.Panels[i].Weight))).ToList();
        // Shared axes labels cost the lowest row room of its own; measured first with equal plots in mind.
        for (var i = 0; i < plans.Count; i++) plans[i].Measure(width, (bottom - top) * weights[i / _columns] / weights.Sum());
        Align(plans);
        var fixedHeight = Enumerable.Range(0, _rows).Sum(r => plans[r * _columns].Margins.Top + plans[r * _columns].Margins.Bottom);
        var free = Math.Max(LeastPlot * _rows, bottom - top - fixedHeight);
        NeededHeight = Math.Ceiling(Canvas.Height - bottom + top + fixedHeight + LeastPlot * _rows);
        var y = top;
        var leftOut = 0;
        for (var r = 0; r < _rows; r++)
        {
            var margins = plans[r * _columns].Margins;
            var height = margins.Top + margins.Bottom + free * weights[r] / weights.Sum();
            foreach (var i in Row(r)) leftOut += Draw(plans[i], Side + (i % _columns) * width, y, width - 12, height);
            y += height;
        }

        if (leftOut > 0) Canvas.Notes.Add($"{leftOut} {(leftOut == 1 ? "value" : "values")} without a place on these axes left out");
        if (Canvas.Dropped.Count > 0) Canvas.Notes.Add($"{Canvas.Dropped.Count} {(Canvas.Dropped.Count == 1 ? "label" : "labels")} left out for want of room");
        if (RoomForNotes && Canvas.Notes.Count > 0)
        {
            var note = Texts.Fit(string.Join("; ", Canvas.Notes) + ".", FontSizes.Footnote, Canvas.Width - 2 * Side);
            Canvas.TryText(note, "footnote", Side, Canvas.Height - 12, FontSizes.Footnote, Anchor.Start, Paint.Muted);
        }
    }

    private IEnumerable<int> Row(int row) => Enumerable.Range(row * _columns, Math.Min(_columns, _chart.Panels.Count - row * _columns));

    private double Head()
    {
        var (y, room) = (14.0, Canvas.Width - 2 * Side);
        foreach (var line in Texts.Wrap(Texts.Clean(_chart.Title), FontSizes.Title, room, 2, bold: true))
        {
            y += FontSizes.Title;
            Canvas.Text(line, "title", Side, y, FontSizes.Title, Anchor.Start, Paint.Ink, bold: true);
            y += FontSizes.Title * 0.28;
        }

        foreach (var line in Texts.Wrap(Texts.Clean(_chart.Subtitle), FontSizes.Subtitle, room, 2))
        {
            y += FontSizes.Subtitle;
            Canvas.Text(line, "subtitle", Side, y, FontSizes.Subtitle, Anchor.Start, Paint.Muted);
            y += FontSizes.Subtitle * 0.35;
        }

        return y + 12;
    }

    private double Foot()
    {
        var lines = Texts.Wrap(Texts.Clean(_chart.Footnote), FontSizes.Footnote, Canvas.Width - 2 * Side, 3);
        var y = Canvas.Height - 12 - (RoomForNotes ? FontSizes.Footnote * Texts.LineHeight : 0);
        for (var i = lines.Count - 1; i >= 0; i--)
        {
            Canvas.Text(lines[i], "footnote", Side, y, FontSizes.Footnote, Anchor.Start, Paint.Muted);
            y -= FontSizes.Footnote * Texts.LineHeight;
        }

        return y - 2;
    }

    private static int Labelled(Panel panel) =>
        Math.Max(
            panel.Marks.OfType<LineMark>().Where(l => !l.LabelAlong && PanelPlan.LabelOf(l).Length > 0).Select(PanelPlan.LabelOf).Distinct(StringComparer.Ordinal).Count(),
            panel.Marks.OfType<StackMark>().Select(s => s.Layers.Count).DefaultIfEmpty(0).Max());

    private List<KeyEntry> Key(List<bool> crowded)
    {
        var key = new List<KeyEntry>(_chart.Key);
        for (var i = 0; i < _chart.Panels.Count; i++)
        {
            if (!crowded[i]) continue;
            foreach (var mark in _chart.Panels[i].Marks)
            {
                if (mark is LineMark line && !line.LabelAlong && PanelPlan.LabelOf(line).Length > 0)
                    key.Add(new(PanelPlan.LabelOf(line), line.Colour, KeyShape.Line, line.Dash, line.Marker));
                if (mark is StackMark stack && stack.Layers.Count > FontSizes.MostDirectLabels)
                    key.AddRange(stack.Layers.Select(l => new KeyEntry(l.Name, l.Colour)));
            }
        }

        return [.. key.Distinct()];
    }

    private List<PanelPlan> Plans(List<bool> crowded)
    {
        var sizes = FontSizes.For(_chart.Panels.Count);
        var plans = new List<PanelPlan>();
        for (var i = 0; i < _chart.Panels.Count; i++)
        {
            var panel = _chart.Panels[i];
            var column = _chart.Panels.Where((_, j) => j % _columns == i % _columns).SelectMany(p => p.Marks);
            var row = Row(i / _columns).SelectMany(j => _chart.Panels[j].Marks);
            plans.Add(new()
            {
                Panel = panel,
                X = ResolvedAxis.From(panel.X, _chart.ShareX ? [.. column] : panel.Marks, isX: true),
                Y = ResolvedAxis.From(panel.Y, _chart.ShareY ? [.. row] : panel.Marks, isX: false),
                LabelsX = !_chart.ShareX || i + _columns >= _chart.Panels.Count,
                LabelsY = !_chart.ShareY || i % _columns == 0,
                DirectLabels = !crowded[i],
                Sizes = sizes,
            });
        }

        return plans;
    }

    /// <summary>Panels above each other begin and end at the same x, panels beside each other at the same y.</summary>
    private void Align(List<PanelPlan> plans)
    {
        var own = plans.Select(p => p.Margins).ToList();
        for (var i = 0; i < plans.Count; i++)
        {
            var column = own.Where((_, j) => j % _columns == i % _columns).ToList();
            var row = Row(i / _columns).Select(j => own[j]).ToList();
            plans[i].Margins = new(column.Max(m => m.Left), row.Max(m => m.Top), column.Max(m => m.Right), row.Max(m => m.Bottom));
        }
    }

    private int Draw(PanelPlan plan, double x, double y, double width, double height)
    {
        var m = plan.Margins;
        var (left, top, right, bottom) = (x + m.Left, y + m.Top, Math.Max(x + m.Left + 20, x + width - m.Right), Math.Max(y + m.Top + 20, y + height - m.Bottom));
        var categories = plan.Y.Scale == AxisScale.Category;
        var context = new PanelContext
        {
            Canvas = Canvas,
            Plan = plan,
            Left = left,
            Top = top,
            Right = right,
            Bottom = bottom,
            CellRight = Math.Min(Canvas.Width - 4, x + width + (x + width > Canvas.Width - Side - 13 ? 12 : 0)),
            IdPrefix = _idPrefix,
            X = new(plan.X, left, right),
            Y = categories ? new(plan.Y, top, bottom) : new(plan.Y, bottom, top),
            Ink = new(left, top, right, bottom),
        };
        Canvas.Plots.Add(new(left, top, right, bottom, plan.X.Minimum, plan.X.Maximum, plan.X.IsLog, plan.Y.Minimum, plan.Y.Maximum, plan.Y.IsLog));
        AxisDrawer.Draw(context);
        var clip = $"{_idPrefix}clip-{Canvas.N(x)}-{Canvas.N(y)}";
        Canvas.Raw($"<clipPath id=\"{clip}\"><rect x=\"{Canvas.N(left - 5)}\" y=\"{Canvas.N(top - 5)}\" width=\"{Canvas.N(right - left + 10)}\" height=\"{Canvas.N(bottom - top + 10)}\"/></clipPath>");
        Canvas.Raw($"<g clip-path=\"url(#{clip})\">");
        var outside = new List<Mark>();
        foreach (var mark in plan.Panel.Marks)
        {
            if (mark is HeatMark) outside.Add(mark); // its colour bar stands in the margin
            else MarkDrawer.Draw(context, mark);
        }

        Canvas.Raw("</g>");
        foreach (var mark in outside) MarkDrawer.Draw(context, mark);
        if (Canvas.Values.Count == 0 && IsEmpty(plan.Panel)) Canvas.TryText("no data", "note", (left + right) / 2, (top + bottom) / 2, plan.Sizes.Label, Anchor.Middle, Paint.Muted);
        EndLabelColumn.Draw(context);
        if (plan.Panel.Note.Length > 0) context.Labels.Add(Note(context, plan));
        LabelPlacer.Place(Canvas, context.Ink, context.Labels, left, top - 4, Math.Max(right, context.CellRight - 3), bottom);
        return context.LeftOut;
    }

    private static bool IsEmpty(Panel panel) =>
        !panel.Marks.Any(m => m is not (ReferenceMark or RegionMark) && Extents.Of(m, true).Any()) && !panel.Marks.OfType<HeatMark>().Any(h => h.Values.Any(r => r.Any(double.IsFinite)));

    private static LabelRequest Note(PanelContext p, PanelPlan plan)
    {
        var size = plan.Sizes.Label - 1;
        var text = Texts.Fit(Texts.Clean(plan.Panel.Note), size, (p.Right - p.Left) - 12);
        var (w, h) = (Texts.Width(text, size), size * (Texts.Ascent + Texts.Descent));
        List<Place> places =
        [
            new(p.Left + 10 + w / 2, p.Top + h / 2 + 4, 0), new(p.Right - 6 - w / 2, p.Bottom - h / 2 - 6, 1),
            new(p.Right - 6 - w / 2, p.Top + h / 2 + 4, 2), new(p.Left + 10 + w / 2, p.Bottom - h / 2 - 6, 3),
        ];
        return new(text, size, Paint.Ink, 1e9, places) { Role = "note" };
    }
}
