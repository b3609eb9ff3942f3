using System.IO.Compression;
using LlmSim.Files;
using LlmSim.Fitting.Tables;

namespace LlmSim.Fitting.Tests.Tables;

public sealed class CsvTableTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llmsim").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("m,n\n1,2\n\"3\",4\n")]
    [InlineData("m,n\r\n1,2\r\n\r\n3,4")]
    public void Cells_are_read_by_column(string text)
    {
        var table = CsvTable.Read(In("good.csv", text), "m", "n");
        Assert.Equal((2, 1.0, 4.0), (table.Count, table.Number(0, "m"), table.Number(1, "n")));
    }

    [Fact]
    public void A_line_without_end_is_an_error_that_names_file_and_line()
    {
        var path = In("long.csv", "m,n\n1,2\n" + new string('1', 1 << 20) + "\n");
        var error = Assert.Throws<InputException>(() => CsvTable.Read(path, "m")).Errors.Items.Single();
        Assert.Equal((path, 3), (error.File, error.Line));
        Assert.Contains("longer than", error.Problem, StringComparison.Ordinal);
        // So it is where a small file unpacks to a large one.
        var packed = Path.Combine(_folder, "long.csv.gz");
        using (var gzip = new GZipStream(File.Create(packed), CompressionLevel.Fastest)) gzip.Write(File.ReadAllBytes(path));
        Assert.Equal(3, Assert.Throws<InputException>(() => CsvTable.Read(packed, "m")).Errors.Items.Single().Line);
    }

    [Fact]
    public void Rows_of_another_length_are_named_and_reading_stops_at_many()
    {
        var errors = Assert.Throws<InputException>(() => CsvTable.Read(In("ragged.csv", "m,n\n" + string.Concat(Enumerable.Repeat("1\n", 100_000))), "m")).Errors;
        Assert.Equal(2, errors.Items[0].Line);
        Assert.InRange(errors.Count, 2, InputErrors.Limit + 1);
    }

    private string In(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }
}
