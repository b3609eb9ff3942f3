using LlmSim.Kernel.Chance;
using LlmSim.Workloads.Traces;

namespace LlmSim.Workloads.Lengths;

/// <summary>Draws rows of a trace file at random, so that prompt and output keep belonging together.</summary>
public sealed class EmpiricalLengths : ILengths
{
    /// <summary>Rows kept of a larger file, chosen evenly.</summary>
    public const int MostRows = 1 << 20;

    private readonly List<(int Prompt, int Output)> _rows = [];
    private readonly RandomStream _chance;

    /// <summary>Reads the lengths of a trace of any known format.</summary>
    /// <exception cref="LlmSim.Files.InputException">The file is wrong, or holds no requests.</exception>
    public EmpiricalLengths(string path, TraceOptions options, RandomStream chance)
    {
        _chance = chance;
        using var reader = TraceReader.Open(path, options);
        long seen = 0;
        while (reader.Read(out var row))
        {
            var lengths = (row.PromptTokens, row.OutputTokens);
            seen++;
            if (_rows.Count < MostRows)
            {
                _rows.Add(lengths);
            }
            else
            {
                // Reservoir sampling: every row of the file is equally likely to be kept.
                var place = chance.NextLong(seen);
                if (place < MostRows) _rows[(int)place] = lengths;
            }
        }

        if (_rows.Count == 0) throw new Files.InputException(new Files.InputError(path, 0, "", "holds no requests"));
    }

    /// <inheritdoc/>
    public void Next(int client, out int promptTokens, out int outputTokens) => (promptTokens, outputTokens) = _rows[_chance.NextInt(_rows.Count)];
}
