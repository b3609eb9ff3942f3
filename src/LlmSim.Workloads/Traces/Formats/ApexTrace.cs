namespace LlmSim.Workloads.Traces.Formats;

/// <summary>APEX's traces: nanoseconds since the start, token counts in Azure's words.</summary>
internal sealed class ApexTrace : CsvTraceFormat
{
    public override string Name => "apex";

    public override string Description => "APEX, CSV: StartTimeOffset (ns), ContextTokens, GeneratedTokens";

    protected internal override IReadOnlyList<string> Required => ["StartTimeOffset", "ContextTokens", "GeneratedTokens"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.ArrivalNanoseconds = fields.Nanoseconds(0, 1);
        row.PromptTokens = fields.Tokens(1);
        row.OutputTokens = fields.Tokens(2);
    }
}
