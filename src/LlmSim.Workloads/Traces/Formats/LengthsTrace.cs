namespace LlmSim.Workloads.Traces.Formats;

/// <summary>Prompt and output lengths without times, as the ShareGPT and arXiv files of Vidur and SARATHI hold them.</summary>
internal sealed class LengthsTrace : CsvTraceFormat
{
    public override string Name => "lengths";

    public override string Description => "ShareGPT-style and Vidur lengths, CSV without times: num_prefill_tokens, num_decode_tokens";

    protected internal override IReadOnlyList<string> Required => ["num_prefill_tokens", "num_decode_tokens"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.PromptTokens = fields.Tokens(0);
        row.OutputTokens = fields.Tokens(1);
    }
}
