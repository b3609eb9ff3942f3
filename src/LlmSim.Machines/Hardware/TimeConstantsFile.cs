using LlmSim.Files;
using LlmSim.Graphs.Numbers;
using LlmSim.Machines.TimeModels;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.Hardware;

/// <summary>The <c>timeConstants</c> of a hardware file: names and bounds are those of the operator's class.</summary>
internal static class TimeConstantsFile
{
    private static readonly string[] s_sources = ["fitted", "datasheet", "measured", "borrowed"];
    private static readonly string[] s_classes = [.. OperatorClasses.All.Select(c => c.Name)];
    private static readonly string[] s_formats = [.. Enum.GetValues<NumberFormat>().Select(f => f.Name())];

    public static TimeConstants Read(ObjectReader reader)
    {
        var name = reader.Choice("class", s_classes);
        NumberFormat? format = null;
        if (reader.Has("format") && NumberFormats.TryParse(reader.Choice("format", s_formats), out var named)) format = named;
        return new TimeConstants
        {
            Class = name,
            Format = format,
            Kernels = reader.Text("kernels", ""),
            Source = (ConstantSource)Math.Max(0, Array.IndexOf(s_sources, reader.Choice("source", s_sources))),
            FittedOn = reader.Text("fittedOn"),
            Points = (int)reader.Integer("points", 0, int.MaxValue, 0),
            HeldOutError = reader.Number("heldOutError", 0, 1000, 0),
            Values = Values(reader, OperatorClasses.Find(name)),
            Measured = Ranges(reader),
        };
    }

    private static Dictionary<string, double> Values(ObjectReader owner, OperatorClass? kind)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        if (owner.Object("values", required: true) is not { } reader || kind is null) return values;
        foreach (var constant in kind.Constants)
            if (reader.Has(constant.Name)) values[constant.Name] = reader.Number(constant.Name, constant.Low, constant.High);
        reader.Finish();
        return values;
    }

    private static List<MeasuredSize> Ranges(ObjectReader owner)
    {
        var ranges = new List<MeasuredSize>();
        if (owner.Object("measured") is not { } reader) return ranges;
        foreach (var (name, _) in reader.Value.Members)
        {
            var bounds = reader.List(name);
            if (bounds.Count == 2 && bounds[0].Number <= bounds[1].Number)
                ranges.Add(new MeasuredSize(name, new ValueRange(bounds[0].Number, bounds[1].Number)));
            else reader.Find(name)!.Report(reader.Errors, "is not a range", "write [smallest, largest]");
        }

        return ranges;
    }
}
