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
