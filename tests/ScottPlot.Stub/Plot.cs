namespace ScottPlot;

/// <summary>Stands for ScottPlot.Plot and writes down what it is told; saving writes that list as the file.</summary>
public sealed class Plot
{
    private readonly List<string> _calls = [];

    public Plot() => Add = new(_calls);

    public PlottableAdder Add { get; }

    public void Title(string text) => _calls.Add($"title {text}");

    public void XLabel(string label) => _calls.Add($"x {label}");

    public void YLabel(string label) => _calls.Add($"y {label}");

    public void ShowLegend(Alignment alignment) => _calls.Add($"legend {alignment}");

    public void SavePng(string filePath, int width, int height) => Save("png", filePath, width, height);

    public void SaveSvg(string filePath, int width, int height) => Save("svg", filePath, width, height);

    private void Save(string kind, string filePath, int width, int height) =>
        File.WriteAllLines(filePath, [.. _calls, .. Add.Texts(), $"{kind} {width}x{height}"]);
}
