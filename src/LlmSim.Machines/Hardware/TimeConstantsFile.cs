using LlmSim.Files;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Machines.Hardware;

/// <summary>The <c>timeConstants</c> of a hardware file.</summary>
internal static class TimeConstantsFile
{
    private static readonly string[] s_sources = ["fitted", "datasheet", "measured"];

    public static TimeConstants Read(ObjectReader reader)
    {
        var constants = new TimeConstants
        {
            Class = reader.Text("class"),
            Source = (ConstantSource)Math.Max(0, Array.IndexOf(s_sources, reader.Choice("source", s_sources))),
            FittedOn = reader.Text("fittedOn"),
            Points = (int)reader.Integer("points", 0, int.MaxValue, 0),
            HeldOutError = reader.Number("heldOutError", 0, 1000, 0),
            Values = Values(reader),
            Measured = Ranges(reader),
        };
        return constants;
    }

    private static Dictionary<string, double> Values(ObjectReader owner)
    {
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        if (owner.Object("values", required: true) is not { } reader) return values;
        foreach (var (name, _) in reader.Value.Members) values[name] = reader.Number(name, -1e30, 1e30);
        return values;
    }

    private static Dictionary<string, ValueRange> Ranges(ObjectReader owner)
    {
        var ranges = new Dictionary<string, ValueRange>(StringComparer.Ordinal);
        if (owner.Object("measured") is not { } reader) return ranges;
        foreach (var (name, _) in reader.Value.Members)
        {
            var bounds = reader.List(name);
            if (bounds.Count == 2 && bounds[0].Number <= bounds[1].Number) ranges[name] = new ValueRange(bounds[0].Number, bounds[1].Number);
            else reader.Find(name)!.Report(reader.Errors, "is not a range", "write [smallest, largest]");
        }

        return ranges;
    }
}
