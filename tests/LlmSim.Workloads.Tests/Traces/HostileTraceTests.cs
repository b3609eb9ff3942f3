using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using LlmSim.Files;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Tests.Traces;

public sealed class HostileTraceTests
{
    [Fact]
    public void Damaged_files_end_in_rows_or_in_input_errors()
    {
        var originals = TraceFormatTests.Samples.Select(s => Encoding.UTF8.GetBytes((string)((object[])s)[1])).ToArray();
        var damage =
            from original in Gen.Elements(originals)
            from count in Gen.Choose(1, 6)
            from places in Gen.ArrayOf(Gen.Choose(0, 10_000), count)
            from values in Gen.ArrayOf(Gen.Choose(0, 255), count)
            from cut in Gen.Choose(0, 3 * original.Length)
            select Damage(original, places, values, cut);
        var path = Path.GetTempFileName();
        try
        {
            Prop.ForAll(damage.ToArbitrary(), bytes =>
            {
                File.WriteAllBytes(path, bytes);
                foreach (var skip in new[] { false, true })
                {
                    try
                    {
                        using var reader = TraceReader.Open(path, new TraceOptions { SkipBadRows = skip });
                        long before = 0;
                        while (reader.Read(out var row))
                        {
                            Assert.True(row.PromptTokens >= 1 && row.OutputTokens >= 1);
                            Assert.True(row.ArrivalNanoseconds < 0 || row.ArrivalNanoseconds >= before);
                            before = Math.Max(before, row.ArrivalNanoseconds);
                        }
                    }
                    catch (InputException e)
                    {
                        Assert.True(e.Errors.Any);
                    }
                }
            }).Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithReplay(20260101, 1));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_folder_and_no_name_are_no_traces()
    {
        Assert.Contains("is a folder; name a file in it", Assert.Throws<InputException>(() => TraceReader.Open(Path.GetTempPath())).Message, StringComparison.Ordinal);
        Assert.Contains("name is empty", Assert.Throws<InputException>(() => TraceReader.Open("")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_line_without_end_is_refused_with_its_number()
    {
        var e = ErrorsOf("arrived_at,num_prefill_tokens,num_decode_tokens\n0,1,1\n" + new string('1', 1 << 20)).Single();
        Assert.Equal(3, e.Line);
        Assert.Contains("at most 65536 bytes", e.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Each_wrong_field_of_a_row_is_told_once() =>
        Assert.Equal(
            ["Response tokens", "Request tokens"],
            ErrorsOf("Timestamp,Request tokens,Response tokens\n0,1,1\n1,a,b\n").Select(e => e.Member));

    [Fact]
    public void Times_out_of_order_are_told_beyond_the_first_error() =>
        Assert.Equal([2, 5], ErrorsOf("arrived_at,num_prefill_tokens,num_decode_tokens\nx,1,1\n1,1,1\n3,1,1\n2,1,1\n").Select(e => e.Line));

    private static IReadOnlyList<InputError> ErrorsOf(string text)
    {
        using var file = new TemporaryFile(text);
        using var reader = TraceReader.Open(file.Path);
        return Assert.Throws<InputException>(() =>
        {
            while (reader.Read(out _))
            {
            }
        }).Errors.Items;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_gzip_trace_that_is_cut_off_or_damaged_is_refused_wherever(int members)
    {
        var rows = "TIMESTAMP,ContextTokens,GeneratedTokens\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"2023-11-16 18:{i / 60:00}:{i % 60:00}.0,{i * 7919 % 4000 + 1},{i * 104729 % 500 + 1}\n"));
        var whole = Enumerable.Range(0, members).SelectMany(m => Compressed(rows.Substring(m * rows.Length / members, rows.Length / members))).ToArray();
        using var file = new TemporaryFile("");
        Assert.Equal(3000, Count(whole));
        var cuts = Enumerable.Range(1, 30).Concat(Enumerable.Range(1, 40).Select(i => i * (whole.Length / 41)));
        foreach (var cut in cuts) Assert.Contains("gzip data", Assert.Throws<InputException>(() => Count(whole[..^cut])).Message, StringComparison.Ordinal);
        // The last member's checksum and length.
        foreach (var place in Enumerable.Range(1, 8))
        {
            var damaged = (byte[])whole.Clone();
            damaged[^place] ^= 0x10;
            Assert.Contains("gzip data", Assert.Throws<InputException>(() => Count(damaged)).Message, StringComparison.Ordinal);
        }

        int Count(byte[] bytes)
        {
            File.WriteAllBytes(file.Path, bytes);
            using var reader = TraceReader.Open(file.Path);
            var count = 0;
            while (reader.Read(out _)) count++;
            return count;
        }
    }

    private static byte[] Compressed(string text)
    {
        using var memory = new MemoryStream();
        using (var gzip = new GZipStream(memory, CompressionLevel.Fastest)) gzip.Write(Encoding.UTF8.GetBytes(text));
        return memory.ToArray();
    }

    private static byte[] Damage(byte[] original, int[] places, int[] values, int cut)
    {
        var bytes = (byte[])original.Clone();
        for (var i = 0; i < places.Length; i++) bytes[places[i] % bytes.Length] = (byte)values[i];
        return cut < bytes.Length ? bytes[..cut] : bytes;
    }
}
