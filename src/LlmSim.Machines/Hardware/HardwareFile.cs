using LlmSim.Files;
using LlmSim.Graphs.Numbers;

namespace LlmSim.Machines.Hardware;

/// <summary>
/// Reads a hardware file: the members of <see cref="Device"/> in JSON, comments and trailing commas allowed, unknown members refused.
/// Every error is collected with its line and member.
/// </summary>
public static class HardwareFile
{
    private const double Largest = 1e30;

    private static readonly string[] s_confidences = ["high", "medium", "low"];
    private static readonly string[] s_memoryKinds = ["device", "l2", "scratchpad", "host", "flash"];
    private static readonly string[] s_linkKinds = ["peer", "host", "network", "storage"];
    private static readonly string[] s_deviceKinds = ["gpu", "tpu", "npu", "lpu", "soc", "cpu"];

    /// <summary>Reads one file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="name">Catalogue name; null takes the file's own.</param>
    /// <param name="withConstants">Whether <c>timeConstants</c> are read and checked.</param>
    /// <exception cref="InputException">The file is missing or wrong; carries every error.</exception>
    public static Device Load(string path, string? name = null, bool withConstants = true)
    {
        var errors = new InputErrors();
        var value = JsonText.Read(path, errors);
        var device = value is null ? null : Read(value, name ?? Path.GetFileNameWithoutExtension(path), errors, withConstants);
        errors.ThrowIfAny();
        return device!;
    }

    /// <summary>Reads a device from parsed JSON; what it returns is to be used only when <paramref name="errors"/> stays empty.</summary>
    public static Device Read(JsonValue value, string name, InputErrors errors, bool withConstants = true)
    {
        var reader = new ObjectReader(value, errors);
        var links = Items(reader, "links", ReadLink);
        var memories = Items(reader, "memories", ReadMemory, required: true);
        if (!withConstants) reader.Ignore("timeConstants");
        var device = new Device
        {
            Name = name,
            Title = reader.Text("title"),
            Vendor = reader.Text("vendor"),
            Kind = (DeviceKind)Array.IndexOf(s_deviceKinds, reader.Choice("kind", s_deviceKinds, null) is { Length: > 0 } kind ? kind : "gpu"),
            Architecture = reader.Text("architecture"),
            Compute = ReadCompute(reader),
            Memories = memories,
            Links = links,
            InMemoryUnits = Items(reader, "inMemoryUnits", ReadInMemoryUnit),
            Host = ReadHost(reader),
            PowerWatts = Optional(reader, "powerWatts"),
            Price = ReadPrice(reader),
            Note = reader.Text("note", ""),
            ConstantsTransfer = reader.Flag("constantsTransfer", true),
            TimeConstants = withConstants ? Items(reader, "timeConstants", TimeConstantsFile.Read) : [],
        };
        CheckNames(device, value, errors);
        reader.Finish();
        return device;
    }

    private static void CheckNames(Device device, JsonValue value, InputErrors errors)
    {
        var memories = value.Member("memories");
        if (memories is not null && !device.Memories.Any(m => m.Kind == MemoryKind.Device))
            memories.Report(errors, "no memory of kind \"device\"", "say where weights and KV cache live");
        var linkNames = device.Links.Select(l => l.Name).ToList();
        for (var i = 0; i < device.Memories.Count; i++)
        {
            if (device.Memories[i].Link is { } link && !linkNames.Contains(link))
                memories!.Items[i].Member("link")!.Report(errors, $"\"{link}\" is no link of this device", Names.Suggest(link, linkNames));
        }

        var memoryNames = device.Memories.Select(m => m.Name).ToList();
        for (var i = 0; i < device.InMemoryUnits.Count; i++)
        {
            var unit = device.InMemoryUnits[i];
            var item = value.Member("inMemoryUnits")!.Items[i];
            if (unit.Link is { } link && !linkNames.Contains(link))
                item.Member("link")!.Report(errors, $"\"{link}\" is no link of this device", Names.Suggest(link, linkNames));
            if (unit.Memory is { } memory && !memoryNames.Contains(memory))
                item.Member("memory")!.Report(errors, $"\"{memory}\" is no memory of this device", Names.Suggest(memory, memoryNames));
        }

        Unique(memoryNames, "memories", value, errors);
        Unique(linkNames, "links", value, errors);
    }

    private static void Unique(List<string> names, string member, JsonValue value, InputErrors errors)
    {
        for (var i = 1; i < names.Count; i++)
        {
            if (names.IndexOf(names[i]) < i)
                value.Member(member)!.Items[i].Report(errors, $"the name \"{names[i]}\" is taken", "name each differently");
        }
    }

    private static List<T> Items<T>(ObjectReader reader, string name, Func<ObjectReader, T> read, bool required = false)
    {
        var items = new List<T>();
        foreach (var item in reader.List(name, required))
        {
            var inner = new ObjectReader(item, reader.Errors);
            items.Add(read(inner));
            inner.Finish();
        }

        return items;
    }

    private static ComputeUnits ReadCompute(ObjectReader device)
    {
        if (device.Object("compute", required: true) is not { } reader)
            return new ComputeUnits { Matrix = FormatRates.None, Vector = FormatRates.None, Origin = default };
        var matrix = Rates(reader, "matrixFlopsPerSecond", required: true);
        var compute = new ComputeUnits
        {
            Multiprocessors = reader.Has("multiprocessors") ? (int)reader.Integer("multiprocessors", 1, 10_000_000) : null,
            ClockHertz = Optional(reader, "clockHertz"),
            Matrix = matrix,
            Vector = reader.Has("vectorFlopsPerSecond") ? Rates(reader, "vectorFlopsPerSecond", required: false) : matrix,
            Origin = ReadOrigin(reader),
        };
        reader.Finish();
        return compute;
    }

    private static Memory ReadMemory(ObjectReader reader)
    {
        var kind = (MemoryKind)Math.Max(0, Array.IndexOf(s_memoryKinds, reader.Choice("kind", s_memoryKinds)));
        var cache = kind is MemoryKind.L2 or MemoryKind.Scratchpad;
        return new Memory
        {
            Name = reader.Text("name"),
            Kind = kind,
            CapacityBytes = Positive(reader, "capacityBytes"),
            BandwidthBytesPerSecond = cache ? Optional(reader, "bandwidthBytesPerSecond") : Positive(reader, "bandwidthBytesPerSecond"),
            WriteBandwidthBytesPerSecond = Optional(reader, "writeBandwidthBytesPerSecond"),
            LatencySeconds = reader.Number("latencySeconds", 0, 1, 0),
            Link = TextOrNull(reader, "link"),
            Technology = TextOrNull(reader, "technology"),
            Origin = ReadOrigin(reader),
        };
    }

    private static Link ReadLink(ObjectReader reader) => new()
    {
        Name = reader.Text("name"),
        Kind = (LinkKind)Math.Max(0, Array.IndexOf(s_linkKinds, reader.Choice("kind", s_linkKinds))),
        BandwidthBytesPerSecond = Positive(reader, "bandwidthBytesPerSecond"),
        LatencySeconds = reader.Number("latencySeconds", 0, 1),
        Devices = reader.Has("devices") ? (int)reader.Integer("devices", 2, 1_000_000) : null,
        Technology = TextOrNull(reader, "technology"),
        Origin = ReadOrigin(reader),
    };

    private static InMemoryUnit ReadInMemoryUnit(ObjectReader reader) => new()
    {
        Name = reader.Text("name"),
        Count = (int)reader.Integer("count", 1, 1_000_000),
        Rates = Rates(reader, "flopsPerSecond", required: true),
        CapacityBytes = Positive(reader, "capacityBytes"),
        InternalBandwidthBytesPerSecond = Positive(reader, "internalBandwidthBytesPerSecond"),
        ExternalBandwidthBytesPerSecond = Positive(reader, "externalBandwidthBytesPerSecond"),
        Memory = TextOrNull(reader, "memory"),
        Link = TextOrNull(reader, "link"),
        PowerWatts = Optional(reader, "powerWatts"),
        Origin = ReadOrigin(reader),
    };

    private static HostProcessor? ReadHost(ObjectReader device)
    {
        if (device.Object("host") is not { } reader) return null;
        var host = new HostProcessor
        {
            Title = reader.Text("title"),
            Cores = (int)reader.Integer("cores", 1, 100_000),
            Rates = Rates(reader, "flopsPerSecond", required: true),
            Origin = ReadOrigin(reader),
        };
        reader.Finish();
        return host;
    }

    private static Price? ReadPrice(ObjectReader device)
    {
        if (device.Object("price") is not { } reader) return null;
        var price = new Price(Positive(reader, "usdPerHour"), reader.Text("source"));
        reader.Finish();
        return price;
    }

    private static Origin ReadOrigin(ObjectReader reader) =>
        new(reader.Text("source"), (Confidence)Math.Max(0, Array.IndexOf(s_confidences, reader.Choice("confidence", s_confidences))));

    private static FormatRates Rates(ObjectReader owner, string name, bool required)
    {
        if (owner.Object(name, required) is not { } reader) return FormatRates.None;
        var rates = new List<KeyValuePair<NumberFormat, double>>();
        foreach (var (key, value) in reader.Value.Members)
        {
            if (!NumberFormats.TryParse(key, out var format)) continue;
            rates.Add(new(format, Positive(reader, key)));
        }

        // What is no format's name was not asked for and is reported here.
        foreach (var format in Enum.GetValues<NumberFormat>()) reader.Ignore(format.Name());
        reader.Finish();
        if (required && reader.Value.Members.Count == 0) reader.Value.Report(reader.Errors, "no rate is given", "write { \"fp16\": … }");
        return new FormatRates(rates);
    }

    private static double Positive(ObjectReader reader, string name) => reader.Number(name, 1e-9, Largest);

    private static double? Optional(ObjectReader reader, string name) => reader.Has(name) ? Positive(reader, name) : null;

    private static string? TextOrNull(ObjectReader reader, string name) => reader.Has(name) ? reader.Text(name) : null;
}
