namespace LlmSim.Workloads.Traces.Formats;

/// <summary>BurstGPT (github.com/HPMLL/BurstGPT): seconds; no response tokens mark a request that failed, which is left out and counted.</summary>
internal sealed class BurstGptTrace : CsvTraceFormat
{
    public override string Name => "burstgpt";

    public override string Description => "BurstGPT, CSV: Timestamp (s), Request tokens, Response tokens (0: failed, left out), optionally Session ID";

    protected internal override IReadOnlyList<string> Required => ["Timestamp", "Request tokens", "Response tokens"];

    protected internal override IReadOnlyList<string> Optional => ["Session ID"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.ArrivalNanoseconds = fields.Nanoseconds(0, 1e9);
        if (!fields.Number(2, out var output))
        {
            // What is wrong with it is said; the other column may be wrong as well.
            fields.Tokens(1);
            return;
        }

        if (output == 0)
        {
            fields.Faults.RowIsFailed = true;
            return;
        }

        row.PromptTokens = fields.Tokens(1);
        row.OutputTokens = fields.Tokens(2);
        if (fields.Has(3)) row.Session = fields.Identity(3);
    }
}
