namespace LlmSim.Machines.TimeModels.Measured;

/// <summary>
/// A format of measured operator tables. To add one: a file beside this one that implements it, and its place in <see cref="MeasuredTableReader.Formats"/>.
/// </summary>
internal interface ITableFormat
{
    /// <summary>Its name for people, with the columns that tell it: "AIConfigurator GEMM (gemm_dtype, m, n, k, latency)".</summary>
    string Name { get; }

    /// <summary>Whether a file has the columns that tell this format.</summary>
    bool Knows(TableFile file);

    /// <summary>Reads all rows; what is wrong with them is reported by the file.</summary>
    /// <param name="file">The file, before its first row.</param>
    /// <param name="part">What one device executes of the model that the table is for.</param>
    /// <param name="add">Takes the points.</param>
    void Read(TableFile file, MeasuredPart part, Action<MeasuredPoint> add);
}
