using System.Diagnostics;
using System.Globalization;
using LlmSim.Files;
using LlmSim.Graphs.Import;

namespace LlmSim.Benchmarks;

/// <summary>A sparse file whose weights are embedded zeros: import must not read them.</summary>
internal static class LargeFileBenchmark
{
    private const int Layers = 32;

    public static int Run(string[] arguments)
    {
        var gigabytes = arguments.Length > 0 ? double.Parse(arguments[0], CultureInfo.InvariantCulture) : 2;
        var path = Path.Combine(Path.GetTempPath(), $"llmsim-large-{Environment.ProcessId}.onnx");
        try
        {
            // Just under the limit that protobuf's 32-bit lengths set, unless more is asked for.
            var bytes = (long)(gigabytes * (1L << 30)) - (1 << 20);
            Write(path, bytes / Layers / 4096 / 2);
            var clock = Stopwatch.StartNew();
            var errors = new InputErrors();
            var graph = GraphImport.Read(path, errors);
            var milliseconds = clock.Elapsed.TotalMilliseconds;
            foreach (var error in errors.Items) Console.Error.WriteLine(error);
            if (graph is null) return 1;
            using var process = Process.GetCurrentProcess();
            Console.WriteLine($"{new FileInfo(path).Length:N0} bytes, {graph.Nodes.Count} nodes: {milliseconds:F1} ms cold, peak resident {process.PeakWorkingSet64 / 1e6:F0} MB");
            return 0;
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>A chain of MatMuls with [4096, columns] fp16 weights, written piece by piece so that the weights stay holes.</summary>
    private static void Write(string path, long columns)
    {
        using var file = File.Create(path);
        var weight = 4096 * columns * 2;
        var tensorHead = new MemoryStream();
        Key(tensorHead, 1, 0); Varint(tensorHead, 4096);
        Key(tensorHead, 1, 0); Varint(tensorHead, (ulong)columns);
        Key(tensorHead, 2, 0); Varint(tensorHead, 10);
        var graph = new List<(byte[] Bytes, long Hole)>();
        for (var i = 0; i < Layers; i++)
        {
            var node = new MemoryStream();
            Text(node, 1, "x"); Text(node, 1, "w" + i.ToString(CultureInfo.InvariantCulture)); Text(node, 2, "y" + i.ToString(CultureInfo.InvariantCulture)); Text(node, 4, "MatMul");
            graph.Add((Message(1, node), 0));
            var tensor = new MemoryStream();
            tensor.Write(tensorHead.ToArray());
            Text(tensor, 8, "w" + i.ToString(CultureInfo.InvariantCulture));
            Key(tensor, 9, 2); Varint(tensor, (ulong)weight);
            var head = new MemoryStream();
            Key(head, 5, 2); Varint(head, (ulong)(tensor.Length + weight));
            head.Write(tensor.ToArray());
            graph.Add((head.ToArray(), weight));
        }

        // Input x [batch, 4096].
        var dims = new MemoryStream();
        var batch = new MemoryStream();
        Text(batch, 2, "batch");
        dims.Write(Message(1, batch));
        var width = new MemoryStream();
        Key(width, 1, 0); Varint(width, 4096);
        dims.Write(Message(1, width));
        var tensorType = new MemoryStream();
        Key(tensorType, 1, 0); Varint(tensorType, 10);
        tensorType.Write(Message(2, dims));
        var type = new MemoryStream();
        type.Write(Message(1, tensorType));
        var input = new MemoryStream();
        Text(input, 1, "x");
        input.Write(Message(2, type));
        graph.Add((Message(11, input), 0));

        var start = new MemoryStream();
        Key(start, 1, 0); Varint(start, 10);
        Key(start, 7, 2); Varint(start, (ulong)graph.Sum(p => p.Bytes.Length + p.Hole));
        file.Write(start.ToArray());
        foreach (var (bytes, hole) in graph)
        {
            file.Write(bytes);
            file.Seek(hole, SeekOrigin.Current);
        }
    }

    private static byte[] Message(int field, MemoryStream content)
    {
        var message = new MemoryStream();
        Key(message, field, 2);
        Varint(message, (ulong)content.Length);
        message.Write(content.ToArray());
        return message.ToArray();
    }

    private static void Text(MemoryStream stream, int field, string text)
    {
        Key(stream, field, 2);
        Varint(stream, (ulong)text.Length);
        stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
    }

    private static void Key(MemoryStream stream, int field, int type) => Varint(stream, (ulong)((field << 3) | type));

    private static void Varint(MemoryStream stream, ulong value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
