using LlmSim.Files;
using Spectre.Console;

namespace LlmSim.Cli.Output;

/// <summary>Rows under named columns, written as an aligned table or as CSV.</summary>
internal sealed class Sheet(params string[] columns)
{
    private readonly List<Cell[]> _rows = [];
    private readonly HashSet<int> _bold = [];

    /// <summary>Leading columns that name a row: they are repeated where its other columns have no room beside each other.</summary>
    public int Keys { get; init; } = 1;

    /// <summary>A member's name as the head of a column: a long one stands in several lines, so that the table is no wider than its values.</summary>
    public static string Head(string name) => name.Length <= 12 ? name : name.Replace(".", ".\n", StringComparison.Ordinal);

    /// <summary>Adds a row.</summary>
    public void Add(params Cell[] cells) => _rows.Add(cells);

    /// <summary>Adds a row that matters most, in bold.</summary>
    public void AddBold(params Cell[] cells)
    {
        _bold.Add(_rows.Count);
        _rows.Add(cells);
    }

    /// <summary>Writes the rows in the format asked for.</summary>
    public void Write(OutputFormat format, TextWriter output)
    {
        switch (format)
        {
            case OutputFormat.Csv: WriteCsv(output); break;
            case OutputFormat.Json: WriteJson(output); break;
            default: WriteTable(output); break;
        }
    }

    /// <summary>Writes the rows for eyes, as wide as the terminal allows; into files and pipes as wide as they are.</summary>
    public void WriteTable(TextWriter output)
    {
        var console = Terminal.On(output);
        WriteTable(console, console.Profile.Width);
    }

    /// <summary>Writes the rows for eyes in so many characters.</summary>
    internal void WriteTable(IAnsiConsole console, int width)
    {
        bool IsNumber(int column) => _rows.Any(r => r[column].IsNumber);
        int[] values = [.. columns.Select((_, c) => _rows.Select(r => SheetLayout.TextWidth(r[c].Shown)).DefaultIfEmpty(0).Max())];
        foreach (var block in SheetLayout.Blocks(columns, values, [.. columns.Select((_, c) => !IsNumber(c))], Keys, width))
        {
            var table = new Table { Border = TableBorder.Simple, UseSafeBorder = true };
            foreach (var shown in block)
            {
                var column = new TableColumn(new Text(shown.Head)) { Width = shown.Width, NoWrap = !shown.Wraps, Padding = new Padding(0, 0, 1, 0) };
                if (IsNumber(shown.Place)) column.RightAligned();
                table.AddColumn(column);
            }

            for (var r = 0; r < _rows.Count; r++)
            {
                var style = _bold.Contains(r) ? new Style(decoration: Decoration.Bold) : Style.Plain;
                table.AddRow(block.Select(shown => (Spectre.Console.Rendering.IRenderable)new Text(_rows[r][shown.Place].Shown, style)));
            }

            console.Write(table);
        }
    }

    /// <summary>Writes the rows as one JSON array of objects.</summary>
    public void WriteJson(TextWriter output)
    {
        output.WriteLine(JsonOutput.Text(json =>
        {
            json.WriteStartArray();
            foreach (var row in _rows)
            {
                json.WriteStartObject();
                for (var c = 0; c < columns.Length; c++) row[c].WriteJson(json, columns[c]);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }));
    }

    /// <summary>Writes the rows for spreadsheets.</summary>
    public void WriteCsv(TextWriter output)
    {
        output.WriteLine(CsvText.Line(columns.Select(CsvText.Field)));
        foreach (var row in _rows) output.WriteLine(CsvText.Line(row.Select(cell => cell.Raw)));
    }
}
