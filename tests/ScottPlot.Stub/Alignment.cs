namespace ScottPlot;

public enum Alignment
{
    UpperLeft,
}
