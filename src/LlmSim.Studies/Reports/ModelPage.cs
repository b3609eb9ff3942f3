using System.Globalization;
using System.Text;
using LlmSim.Charts.Layout;
using LlmSim.Charts.Numbers;
using LlmSim.Charts.Set;

namespace LlmSim.Studies.Reports;

/// <summary>The page of <c>analyze</c>: layers that can be clicked through, each operator with its work and its place on the roofline.</summary>
public static class ModelPage
{
    /// <summary>A fused operator of a large graph may come from hundreds of nodes; the first of them say enough.</summary>
    private const int MostNodes = 60;

    /// <summary>Writes the page.</summary>
    /// <param name="model">What it shows.</param>
    /// <returns>The file's text.</returns>
    public static string Write(ModelPageData model)
    {
        var page = new StringBuilder();
        var total = model.Groups.Sum(g => g.Count * g.Operators.Sum(o => o.Seconds));
        double Share(ModelPageGroup g, ModelPageOperator o) => total > 0 ? g.Count * o.Seconds / total : 0;
        // Where the line below the title names the model already, it is not named twice.
        var setting = model.Subtitle.StartsWith(model.Model, StringComparison.Ordinal) ? model.Subtitle : $"{model.Model} · {model.Subtitle}";
        var head = new ChartHead("", setting, model.Footnote);
        var repeated = model.Groups.SelectMany(g => g.Operators.Select(o => o.Name).Distinct(StringComparer.Ordinal)).GroupBy(n => n, StringComparer.Ordinal).Where(n => n.Count() > 1).Select(n => n.Key).ToHashSet(StringComparer.Ordinal);
        var dots = model.Groups.SelectMany(g => g.Operators.Select(o => new RooflineOperator(Label(g, o, repeated), o.Intensity, o.Performance, Share(g, o), o.Bound))).ToList();
        var roofline = RooflineChart.Build(head, model.Roofs, dots);
        ReportPage.Head(page, model.Model, model.Subtitle, model.Verdict.Length > 0 ? model.Verdict : roofline.Title + ".", model.Tone, model.Figures);
        page.Append("<main>\n<section class=\"model\">\n");

        // The roofline's layout is needed for the list that stands before it.
        var detail = new StringBuilder();
        var writer = new BlockWriter(detail);
        var layout = writer.Chart(new ChartBlock(roofline, "roofline"), " roofline");
        Layers(page, model, Share, layout);
        page.Append("<div>\n").Append("<div class=\"steps\"><button type=\"button\" class=\"previous\">Previous operator</button> <button type=\"button\" class=\"next\">Next operator</button></div>\n");
        Details(page, model, Share);
        page.Append(detail).Append("</div>\n</section>\n");

        List<ReportSection> sections =
        [
            new("Where the time goes", [new ChartBlock(OperatorsChart.Build(head, [.. Bars(model, repeated)]), "operators"), Table(model, Share)]),
            .. model.Sections,
        ];
        if (model.Notes.Count > 0) sections.Add(new("What was assumed", [new ListBlock(model.Notes)]));
        var rest = new BlockWriter(page, chartsBefore: 1);
        foreach (var (section, id) in sections.Zip(ReportPage.Ids(sections))) rest.Section(section, id);
        page.Append($"</main>\n<footer>{Html.Text(model.Footnote)}</footer>");
        return PageShell.Wrap(setting, page);
    }

    private static void Layers(StringBuilder page, ModelPageData model, Func<ModelPageGroup, ModelPageOperator, double> share, LayoutReport roofline)
    {
        var longest = model.Groups.SelectMany(g => g.Operators.Select(o => share(g, o))).DefaultIfEmpty(0).Max();
        page.Append("<nav class=\"layers\" aria-label=\"Layers and operators\">\n");
        var number = 0;
        foreach (var group in model.Groups)
        {
            var times = group.Count == 1 ? "" : $" × {group.Count}";
            var time = SiFormat.Value(group.Count * group.Operators.Sum(o => o.Seconds), Unit.Seconds);
            page.Append($"<details open><summary>{Html.Text(group.Name)}{times} <span>{time}</span></summary>\n<ol>\n");
            foreach (var o in group.Operators)
            {
                var most = longest > 0 && share(group, o) == longest ? " data-most=\"1\"" : "";
                var width = longest > 0 ? share(group, o) / longest * 100 : 0;
                page.Append($"<li><a href=\"#op-{number++}\"{Place(o, roofline)}{most} title=\"{Html.Text(o.Name)}\"><span class=\"name\">{Html.Text(o.Name)}</span><span>{SiFormat.Value(share(group, o), Unit.Share)}</span>");
                page.Append($"<span class=\"bar\"><i class=\"{BoundClass(o.Bound)}\" style=\"width:{width.ToString("0.#", CultureInfo.InvariantCulture)}%\"></i></span></a></li>\n");
            }

            page.Append("</ol></details>\n");
        }

        page.Append("</nav>\n");
    }

    private static string Place(ModelPageOperator o, LayoutReport roofline)
    {
        if (!(o.Intensity > 0 && o.Performance > 0) || roofline.Plots.Count == 0) return "";
        var (x, y) = roofline.Plots[0].At(o.Intensity, o.Performance);
        return double.IsFinite(x) && double.IsFinite(y)
            ? $" data-x=\"{x.ToString("0.#", CultureInfo.InvariantCulture)}\" data-y=\"{y.ToString("0.#", CultureInfo.InvariantCulture)}\""
            : "";
    }

    private static void Details(StringBuilder page, ModelPageData model, Func<ModelPageGroup, ModelPageOperator, double> share)
    {
        var number = 0;
        foreach (var group in model.Groups)
        {
            foreach (var o in group.Operators)
            {
                page.Append($"<article class=\"op\" id=\"op-{number}\" aria-labelledby=\"op-{number}-name\">\n<h3 id=\"op-{number++}-name\">{Html.Text(group.Name)} · {Html.Text(o.Name)}</h3>\n<dl>\n");
                void Row(string name, string value) => page.Append($"<dt>{Html.Text(name)}</dt><dd>{Html.Text(value)}</dd>\n");
                if (o.Kind.Length > 0) Row("Operator", o.Kind);
                foreach (var shape in o.Shapes.Take(MostNodes)) Row("Shape", shape);
                Row("Arithmetic", SiFormat.Value(o.Flops, Unit.Flops));
                foreach (var part in o.Bytes.Where(p => p.Bytes != 0)) Row(part.Name, SiFormat.Value(part.Bytes, Unit.Bytes));
                Row("Arithmetic intensity", SiFormat.Value(o.Intensity, Unit.FlopsPerByte));
                Row("Performance", SiFormat.Value(o.Performance, Unit.FlopsPerSecond));
                Row("Limited by", BoundWord(o.Bound));
                Row("Time", $"{SiFormat.Value(o.Seconds, Unit.Seconds)} (arithmetic alone {SiFormat.Value(o.ComputeSeconds, Unit.Seconds)}, memory alone {SiFormat.Value(o.MemorySeconds, Unit.Seconds)})");
                Row("In the whole pass", group.Count == 1 ? SiFormat.Value(share(group, o), Unit.Share) : $"× {group.Count} = {SiFormat.Value(group.Count * o.Seconds, Unit.Seconds)}, {SiFormat.Value(share(group, o), Unit.Share)}");
                page.Append("</dl>\n");
                if (o.SourceNodes.Count > 0)
                {
                    var more = o.SourceNodes.Count > MostNodes ? $" … and {o.SourceNodes.Count - MostNodes} more" : "";
                    page.Append($"<details><summary>Graph nodes ({o.SourceNodes.Count})</summary><p class=\"nodes\">{string.Join("<br>", o.SourceNodes.Take(MostNodes).Select(Html.Text))}{more}</p></details>\n");
                }

                page.Append("</article>\n");
            }
        }
    }

    private static IEnumerable<OperatorBar> Bars(ModelPageData model, HashSet<string> repeated)
    {
        foreach (var group in model.Groups)
        {
            foreach (var o in group.Operators) yield return new(Label(group, o, repeated), group.Count * o.Seconds, group.Count * o.ComputeSeconds, group.Count * o.MemorySeconds, o.Bound);
        }
    }

    private static TableBlock Table(ModelPageData model, Func<ModelPageGroup, ModelPageOperator, double> share)
    {
        var rows = new List<ReportRow>();
        foreach (var group in model.Groups)
        {
            foreach (var o in group.Operators)
            {
                rows.Add(new(
                [
                    new(o.Name, Link: $"op-{rows.Count}"), new(group.Name), new(SiFormat.Count(group.Count), group.Count), Number(o.Flops, Unit.Flops), Number(o.TotalBytes, Unit.Bytes),
                    Number(o.Intensity, Unit.FlopsPerByte), Number(o.Performance, Unit.FlopsPerSecond), new(BoundWord(o.Bound)), Number(o.Seconds, Unit.Seconds),
                    Number(group.Count * o.Seconds, Unit.Seconds), Number(share(group, o), Unit.Share),
                ]));
            }
        }

        return new(
            [
                new("Operator"), new("Layers"), new("Count", true), new("Arithmetic", true), new("Bytes", true), new("Intensity", true), new("Performance", true), new("Limited by"), new("Time", true),
                new("× count", true), new("Share", true),
            ],
            rows);
    }

    private static ReportCell Number(double value, Unit unit) => new(SiFormat.Value(value, unit), value);

    // Operators of one name in several kinds of layer are told apart by theirs.
    private static string Label(ModelPageGroup group, ModelPageOperator o, HashSet<string> repeated) => repeated.Contains(o.Name) ? $"{o.Name} · {group.Name}" : o.Name;

    private static string BoundWord(ChartBound bound) => bound switch { ChartBound.Memory => "memory", ChartBound.Compute => "arithmetic", ChartBound.Link => "link", _ => "overhead" };

    private static string BoundClass(ChartBound bound) => bound switch { ChartBound.Memory => "b-memory", ChartBound.Compute => "b-compute", ChartBound.Link => "b-link", _ => "b-overhead" };
}
