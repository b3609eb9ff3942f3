namespace LlmSim.Workloads.Traces.Formats;

/// <summary>Azure's production traces of 2023 and 2024 (github.com/Azure/AzurePublicDataset): calendar times, token counts.</summary>
internal sealed class AzureTrace : CsvTraceFormat
{
    public override string Name => "azure";

    public override string Description => "Azure 2023 and 2024, CSV: TIMESTAMP, ContextTokens, GeneratedTokens";

    protected internal override IReadOnlyList<string> Required => ["TIMESTAMP", "ContextTokens", "GeneratedTokens"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.ArrivalNanoseconds = fields.SinceFirst(0);
        row.PromptTokens = fields.Tokens(1);
        row.OutputTokens = fields.Tokens(2);
    }
}
