using System.Buffers.Binary;
using System.Text;
using LlmSim.Files;
using LlmSim.Graphs.Onnx;
using LlmSim.Graphs.Tests.Import;

namespace LlmSim.Graphs.Tests.Onnx;

public sealed class OnnxReaderTests
{
    [Fact]
    public void What_the_writer_wrote_comes_back()
    {
        foreach (var bytes in FuzzModels.All()) Assert.Equal(bytes, OnnxWriter.ToBytes(Read(bytes)));
    }

    [Fact]
    public void A_file_reads_like_its_bytes_also_when_the_window_has_to_move()
    {
        // Weights between the nodes push the parts further apart than the window is long.
        var graph = new SmallGraph().Input("x", OnnxElementType.Float, 4L);
        for (var i = 0; i < 5; i++) graph.Initializer(new OnnxTensor { Name = "w" + i, ElementType = OnnxElementType.Float, Dimensions = [50_000], Data = new byte[200_000] });
        graph.Node("Relu", ["x"], ["y"]).Output("y");
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllBytes(path, graph.Bytes());
            var errors = new InputErrors();
            var model = OnnxReader.Read(path, errors)!;
            Assert.Empty(errors.Items);
            Assert.Equal(5, model.Graph.Initializers.Count);
            Assert.All(model.Graph.Initializers, t => Assert.Null(t.Data));
            Assert.All(model.Graph.Initializers, t => Assert.Equal([50_000L], t.Dimensions));
            Assert.Equal("y", model.Graph.Nodes[0].Outputs[0]);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Theory]
    [InlineData(OnnxElementType.Int64, 7, 8)]
    [InlineData(OnnxElementType.Int32, 5, 4)]
    [InlineData(OnnxElementType.Int8, 5, 1)]
    [InlineData(OnnxElementType.Bool, 5, 1)]
    [InlineData(OnnxElementType.Float16, 5, 2)]
    [InlineData(OnnxElementType.UInt64, 11, 8)]
    public void Typed_data_becomes_little_endian_bytes(OnnxElementType type, int field, int width)
    {
        foreach (var packed in new[] { true, false })
        {
            var data = Tensor(type, w =>
            {
                if (packed) w.Bytes(field, [3, 1, 2]);
                else foreach (var value in new[] { 3, 1, 2 }) w.Int(field, value);
            }).Data!.Value.ToArray();
            var expected = new byte[3 * width];
            (expected[0], expected[width], expected[2 * width]) = (3, 1, 2);
            Assert.Equal(expected, data);
        }
    }

    [Fact]
    public void Negative_numbers_and_floats_keep_their_values()
    {
        var negative = Tensor(OnnxElementType.Int32, w => { foreach (var value in new[] { -1, -2, 5 }) w.Int(5, value); }).Data!.Value;
        Assert.Equal(-2, BinaryPrimitives.ReadInt32LittleEndian(negative.Span[4..]));
        var packed = new byte[12];
        BinaryPrimitives.WriteSingleLittleEndian(packed.AsSpan(4), 1.5f);
        Assert.Equal(1.5f, BinaryPrimitives.ReadSingleLittleEndian(Tensor(OnnxElementType.Float, w => w.Bytes(4, packed)).Data!.Value.Span[4..]));
    }

    [Fact]
    public void Large_data_is_passed_over_wherever_it_stands()
    {
        Assert.Null(Read(OneTensor(w => { w.Int(1, 100_000); w.Int(2, 7); w.Bytes(7, Enumerable.Repeat((byte)1, 100_000).ToArray()); })).Graph.Initializers[0].Data);
        Assert.Null(Read(OneTensor(w => { w.Int(1, 100); w.Int(2, 1); w.Bytes(9, new byte[400]); })).Graph.Initializers[0].Data);
        Assert.NotNull(Read(OneTensor(w => { w.Bytes(9, new byte[80]); w.Int(2, 7); w.Int(1, 10); })).Graph.Initializers[0].Data);
    }

    [Theory]
    [InlineData("empty", "")]
    [InlineData("text", "This is not an ONNX file at all, it is a text.")]
    [InlineData("json", "{\"model\": \"llama\"}")]
    public void What_is_no_model_is_refused(string what, string content)
    {
        var error = Assert.Single(Errors(Encoding.UTF8.GetBytes(content)).Items);
        Assert.True(error.File == "m.onnx" && error.Problem.Length > 0, what);
    }

    [Fact]
    public void Every_truncation_is_refused_or_leaves_a_shorter_model()
    {
        var bytes = FuzzModels.All()[0];
        var refused = 0;
        for (var length = 0; length < bytes.Length; length++)
            if (Errors(bytes[..length]).Any) refused++;
        Assert.True(refused > bytes.Length * 9 / 10);
    }

    [Fact]
    public void A_missing_file_and_a_folder_are_input_errors()
    {
        var errors = new InputErrors();
        Assert.Null(OnnxReader.Read(Path.Combine(Path.GetTempPath(), "no such folder", "no.onnx"), errors));
        Assert.Null(OnnxReader.Read(Path.GetTempPath(), errors));
        Assert.Equal(2, errors.Count);
        Assert.Contains("no such file", errors.Items[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_nesting_is_refused()
    {
        var graph = new SmallGraph().Node("Relu", ["x"], ["y"]).Body();
        for (var i = 0; i < 200; i++)
            graph = new OnnxGraph { Nodes = [new OnnxNode { OpType = "If", Attributes = [new OnnxAttribute { Name = "then_branch", Kind = OnnxAttributeKind.Graph, Graph = graph }] }] };
        Assert.Contains("deep", Errors(OnnxWriter.ToBytes(new OnnxModel { Graph = graph })).Items[0].Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_bad_tensor_is_named()
    {
        var wire = new WireWriter();
        wire.Message(7, 0, (g, _) =>
        {
            g.Message(5, 0, (t, _) => { t.Int(1, -4); t.Int(2, 1); t.Text(8, "negative"); });
            g.Message(5, 0, (t, _) => { t.Int(1, long.MaxValue); t.Int(1, 4); t.Int(2, 1); t.Text(8, "huge"); });
            g.Message(5, 0, (t, _) => { t.Int(1, 4); t.Int(2, 1); t.Text(8, "short"); t.Bytes(9, [1, 2, 3]); });
        });
        Assert.Equal(["negative", "huge", "short"], Errors(wire.Written.ToArray()).Items.Select(e => e.Member));
    }

    private static OnnxTensor Tensor(OnnxElementType type, Action<WireWriter> data) =>
        Read(OneTensor(w => { w.Int(1, 3); w.Int(2, (int)type); data(w); })).Graph.Initializers[0];

    private static byte[] OneTensor(Action<WireWriter> fields)
    {
        var wire = new WireWriter();
        wire.Message(7, 0, (g, _) => g.Message(5, 0, (t, _) => fields(t)));
        return wire.Written.ToArray();
    }

    private static OnnxModel Read(byte[] bytes)
    {
        var errors = new InputErrors();
        var model = OnnxReader.Read(bytes, "m.onnx", errors);
        Assert.Empty(errors.Items);
        return model!;
    }

    private static InputErrors Errors(byte[] bytes)
    {
        var errors = new InputErrors();
        OnnxReader.Read(bytes, "m.onnx", errors);
        return errors;
    }
}
