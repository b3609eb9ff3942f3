namespace LlmSim.Workloads.Traces.Formats;

/// <summary>This project's own format, which is also what a run writes as <c>requests.csv</c>: a run can be replayed.</summary>
internal sealed class LlmSimTrace : CsvTraceFormat
{
    public override string Name => "llmsim";

    public override string Description =>
        "our own CSV: arrival_s, prompt_tokens (or context_tokens), output_tokens (or generated_tokens), optionally session, priority, outputs (sampled from one prompt)";

    protected internal override IReadOnlyList<string> Required =>
        ["arrival_s", "prompt_tokens|context_tokens", "output_tokens|generated_tokens"];

    protected internal override IReadOnlyList<string> Optional => ["session", "priority", "outputs"];

    internal override void Read(CsvFields fields, ref TraceRow row)
    {
        row.ArrivalNanoseconds = fields.Nanoseconds(0, 1e9);
        row.PromptTokens = fields.Tokens(1);
        row.OutputTokens = fields.Tokens(2);
        if (fields.Has(3)) row.Session = fields.Identity(3);
        if (fields.Has(5))
        {
            row.Outputs = fields.Tokens(5);
            if (row.Outputs > TraceFaults.MostOutputs) fields.Faults.Report("outputs", fields.Raw(5), "is out of range", $"use 1 to {TraceFaults.MostOutputs}");
        }

        if (!fields.Has(4)) return;
        var priority = fields.Integer(4);
        if (priority is >= int.MinValue and <= int.MaxValue) row.Priority = (int)priority;
        else fields.Faults.Report("priority", fields.Raw(4), "is out of range", "");
    }
}
