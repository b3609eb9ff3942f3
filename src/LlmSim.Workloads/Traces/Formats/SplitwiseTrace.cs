namespace LlmSim.Workloads.Traces.Formats;

/// <summary>Traces of splitwise-sim (github.com/Mutinifni/splitwise-sim): seconds and token counts, one request a row.</summary>
internal sealed class SplitwiseTrace : CsvTraceFormat
{
    public override string Name => "splitwise";

    public override string Description => "splitwise-sim, CSV: arrival_timestamp (s), prompt_size, token_size, optionally batch_size (must be 1)";

    protected internal override IReadOnlyList<string> Required => ["arrival_timestamp", "prompt_size", "token_size"];

    protected internal override IReadOnlyList<string> Optional => ["batch_size"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.ArrivalNanoseconds = fields.Nanoseconds(0, 1e9);
        row.PromptTokens = fields.Tokens(1);
        row.OutputTokens = fields.Tokens(2);
        if (fields.Has(3) && fields.Integer(3) != 1)
            fields.Faults.Report("batch_size", fields.Raw(3), "is not 1", "write one row for each request of the batch");
    }
}
