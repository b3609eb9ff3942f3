namespace LlmSim.Charts.Marks;

/// <summary>One point of a <see cref="PointsMark"/>.</summary>
/// <param name="X">Position on the x axis.</param>
/// <param name="Y">Position on the y axis.</param>
/// <param name="Label">Text beside the point; empty: none.</param>
/// <param name="Share">Area relative to the largest, 0 to 1; NaN: the standard size.</param>
/// <param name="Importance">More important labels are placed first.</param>
/// <param name="Name">What the point is, for the CSV and the value shown under the pointer; the label where empty.</param>
public readonly record struct ChartPoint(
    double X, double Y, string Label = "", double Share = double.NaN, double Importance = 0, string Name = "");
