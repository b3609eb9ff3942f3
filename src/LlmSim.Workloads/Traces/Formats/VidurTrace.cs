namespace LlmSim.Workloads.Traces.Formats;

/// <summary>Vidur's replay traces (github.com/microsoft/vidur): seconds and token counts.</summary>
internal sealed class VidurTrace : CsvTraceFormat
{
    public override string Name => "vidur";

    public override string Description => "Vidur, CSV: arrived_at (s), num_prefill_tokens, num_decode_tokens";

    protected internal override IReadOnlyList<string> Required => ["arrived_at", "num_prefill_tokens", "num_decode_tokens"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.ArrivalNanoseconds = fields.Nanoseconds(0, 1e9);
        row.PromptTokens = fields.Tokens(1);
        row.OutputTokens = fields.Tokens(2);
    }
}
