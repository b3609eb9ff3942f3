using LlmSim.Graphs.Onnx;

namespace LlmSim.Graphs.Tests.Onnx;

public sealed class OnnxWriterTests
{
    [Fact]
    public void A_small_model_has_the_bytes_that_the_format_prescribes()
    {
        var model = new OnnxModel
        {
            IrVersion = 8,
            ProducerName = "p",
            OpsetImports = new Dictionary<string, long> { ["com.microsoft"] = 1, [""] = 21 },
            Metadata = [new("k", "v")],
            Graph = new OnnxGraph
            {
                Name = "g",
                Nodes =
                [
                    new OnnxNode
                    {
                        OpType = "Op",
                        Inputs = ["x", ""],
                        Outputs = ["y"],
                        Attributes =
                        [
                            new OnnxAttribute { Name = "a", Kind = OnnxAttributeKind.Int, Int = -1 },
                            new OnnxAttribute { Name = "f", Kind = OnnxAttributeKind.Float, Float = 1f },
                        ],
                    },
                ],
                Initializers =
                [
                    new OnnxTensor
                    {
                        Name = "w", Dimensions = [300], ElementType = OnnxElementType.Float16, External = new OnnxExternalData("d", 16, 600),
                    },
                    new OnnxTensor { Name = "c", ElementType = OnnxElementType.UInt8, Data = new byte[] { 7 } },
                ],
                Inputs = [new OnnxValueInfo("x", OnnxElementType.Int64, [new OnnxDimension(null, "b"), new OnnxDimension(2, null), default])],
                Outputs = [new OnnxValueInfo("y", OnnxElementType.Float, null)],
            },
        };

        // Written out by hand from onnx.proto and the protobuf encoding.
        string[] expected =
        [
            "0808 120170", // ir_version 8, producer_name "p"
            "3A9601", // graph, 150 bytes
            "0A2C 0A0178 0A00 120179 22024F70", // node: inputs "x" and "", output "y", op_type "Op"
            "2A11 0A0161 18FFFFFFFFFFFFFFFFFF01 A00102", // attribute a: i -1, type INT
            "2A0B 0A0166 150000803F A00101", // attribute f: f 1.0, type FLOAT
            "120167", // name "g"
            "2A36 08AC02 100A 420177", // initializer w: dims 300, FLOAT16
            "6A0D 0A086C6F636174696F6E 120164", // location d
            "6A0C 0A066F6666736574 12023136", // offset 16
            "6A0D 0A066C656E677468 1203363030 7001", // length 600, EXTERNAL
            "2A08 1002 420163 4A0107", // initializer c: UINT8, scalar, raw 07
            "5A16 0A0178 1211 0A0F 0807 120B 0A03120162 0A020802 0A00", // input x: INT64 [b, 2, ?]
            "6209 0A0179 1204 0A02 0801", // output y: FLOAT, rank unknown
            "4202 1015", // standard operator set 21
            "4211 0A0D636F6D2E6D6963726F736F6674 1001", // com.microsoft 1
            "7206 0A016B 120176", // metadata k = v
        ];
        Assert.Equal(string.Concat(expected).Replace(" ", "", StringComparison.Ordinal), Convert.ToHexString(OnnxWriter.ToBytes(model)));
    }

    [Fact]
    public void The_order_of_operator_sets_does_not_change_the_bytes()
    {
        var graph = new OnnxGraph();
        var one = new OnnxModel { Graph = graph, OpsetImports = new Dictionary<string, long> { [""] = 21, ["a"] = 1, ["b"] = 2 } };
        var other = new OnnxModel { Graph = graph, OpsetImports = new Dictionary<string, long> { ["b"] = 2, ["a"] = 1, [""] = 21 } };
        Assert.Equal(OnnxWriter.ToBytes(one), OnnxWriter.ToBytes(other));
    }

    [Theory]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(128)]
    [InlineData(16383)]
    [InlineData(16384)]
    [InlineData(3_000_000)]
    public void Embedded_data_of_any_length_keeps_its_bytes(int count)
    {
        var data = new byte[count];
        for (var i = 0; i < count; i++) data[i] = (byte)(i * 31);
        var model = new OnnxModel
        {
            Graph = new OnnxGraph { Initializers = [new OnnxTensor { Name = "w", Dimensions = [count], ElementType = OnnxElementType.UInt8, Data = data }] },
        };
        var bytes = OnnxWriter.ToBytes(model);
        Assert.Equal(data, bytes[^count..]);

        // Everything before the data is lengths and tags; each length must cover exactly what follows it.
        var position = 2; // ir_version
        foreach (var tag in new byte[] { 0x3A, 0x2A })
        {
            Assert.Equal(tag, bytes[position++]);
            Assert.Equal(bytes.Length - position, ReadVarint(bytes, ref position, out var size) + size);
        }
    }

    [Fact]
    public void A_file_is_replaced_whole()
    {
        var folder = Directory.CreateTempSubdirectory("llmsim-writer");
        try
        {
            var path = Path.Combine(folder.FullName, "m.onnx");
            var model = new OnnxModel { IrVersion = 9, Graph = new OnnxGraph { Name = "a graph" } };
            File.WriteAllText(path, new string('x', 1000));
            OnnxWriter.WriteFile(model, path);
            Assert.Equal(OnnxWriter.ToBytes(model), File.ReadAllBytes(path));
            Assert.Single(folder.GetFiles());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static int ReadVarint(byte[] bytes, ref int position, out int value)
    {
        value = 0;
        var start = position;
        for (var shift = 0; ; shift += 7)
        {
            value |= (bytes[position] & 0x7F) << shift;
            if (bytes[position++] < 0x80) return position - start;
        }
    }
}
