using LlmSim.Serving.Results;

namespace LlmSim.Studies.Runs.Files;

/// <summary>
/// Writes <c>iterations.csv</c> as iterations end: one line for each, where a run of uneventful decodes is one line with its number of iterations.
/// </summary>
public sealed class IterationsCsv : IDisposable
{
    private readonly CsvBuffer _csv;

    /// <summary>Begins the file.</summary>
    public IterationsCsv(string path)
    {
        _csv = new CsvBuffer(File.Create(path));
        _csv.Text("replica,start_s,end_s,iterations,prefill_sequences,prefill_tokens,decode_sequences,running,waiting,kv_blocks,preempted,lane").Line();
    }

    /// <summary>Adds a line.</summary>
    public void Add(in IterationRecord record) =>
        _csv.Number(record.Replica).Comma().Seconds(record.StartNanoseconds).Comma().Seconds(record.EndNanoseconds).Comma()
            .Number(record.Iterations).Comma().Number(record.PrefillSequences).Comma().Number(record.PrefillTokens).Comma()
            .Number(record.DecodeSequences).Comma().Number(record.Running).Comma().Number(record.Waiting).Comma()
            .Number(record.KvBlocksUsed).Comma().Number(record.Preempted).Comma().Number(record.Lane).Line();

    /// <inheritdoc/>
    public void Dispose() => _csv.Dispose();
}
