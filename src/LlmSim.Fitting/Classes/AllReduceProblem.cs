using LlmSim.Fitting.Regression;
using LlmSim.Fitting.Tables;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Fitting.Classes;

/// <summary>All-reduces inside a node, from an AIConfigurator table.</summary>
public static class AllReduceProblem
{
    // The tables print sizes in elements of 16 bits.
    private const double ElementBytes = 2;

    /// <summary>Columns kernel_source, num_gpus, message_size, latency (ms).</summary>
    /// <param name="table">The table.</param>
    /// <param name="kernels">Rows to take: "vLLM_custom_graph", "TRTLLM".</param>
    public static FitProblem From(CsvTable table, string kernels)
    {
        ArgumentNullException.ThrowIfNull(table);
        var rows = new List<(double Bytes, double Ranks)>();
        var measured = new List<double>();
        for (var row = 0; row < table.Count; row++)
        {
            if (table.Text(row, "kernel_source") != kernels) continue;
            rows.Add((table.Number(row, "message_size") * ElementBytes, table.Number(row, "num_gpus")));
            measured.Add(table.Number(row, "latency") * 1e-3);
        }

        var all = rows.ToArray();
        return new FitProblem
        {
            Constants = CollectiveTime.Specs,
            Measured = [.. measured],
            // Whole sizes are left out.
            Groups = [.. all.Select(r => (int)Math.Round(Math.Log2(r.Bytes) * 2))],
            Sizes = [FitProblem.Size("bytes", all.Select(r => r.Bytes)), FitProblem.Size("ranks", all.Select(r => r.Ranks))],
            Predict = (i, c) => CollectiveTime.AllReduce(all[i].Bytes, all[i].Ranks, CollectiveConstants.From(c)),
        };
    }
}
