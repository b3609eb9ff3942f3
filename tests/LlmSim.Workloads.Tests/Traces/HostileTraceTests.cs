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

    private static byte[] Damage(byte[] original, int[] places, int[] values, int cut)
    {
        var bytes = (byte[])original.Clone();
        for (var i = 0; i < places.Length; i++) bytes[places[i] % bytes.Length] = (byte)values[i];
        return cut < bytes.Length ? bytes[..cut] : bytes;
    }
}
