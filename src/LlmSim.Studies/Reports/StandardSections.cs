using LlmSim.Charts;
using LlmSim.Charts.Numbers;

namespace LlmSim.Studies.Reports;

/// <summary>Something to try next.</summary>
/// <param name="What">The change: "kv: fp8".</param>
/// <param name="Gain">The expected gain with its reason: "about 1.4× the requests in flight, as KV blocks halve".</param>
public sealed record Advice(string What, string Gain);

/// <summary>One of the slowest requests.</summary>
/// <param name="Id">Its id.</param>
/// <param name="ArrivalSeconds">When it arrived.</param>
/// <param name="PromptTokens">Tokens of its prompt.</param>
/// <param name="OutputTokens">Tokens of its answer.</param>
/// <param name="TtftSeconds">Time to its first token.</param>
/// <param name="E2eSeconds">Time to its last.</param>
/// <param name="Preemptions">How often it was preempted.</param>
public sealed record SlowRequest(string Id, double ArrivalSeconds, long PromptTokens, long OutputTokens, double TtftSeconds, double E2eSeconds, long Preemptions);

/// <summary>An assumption and the error it may bring.</summary>
/// <param name="What">What was assumed: "operator times: fitted on public measurements".</param>
/// <param name="Error">The error to expect: "±9.3 % on A100 bf16 GEMM".</param>
public sealed record Assumption(string What, string Error);

/// <summary>The sections that most reports have.</summary>
public static class StandardSections
{
    /// <summary>Charts under a heading.</summary>
    /// <param name="title">The heading.</param>
    /// <param name="charts">The charts with the names of their data.</param>
    /// <param name="overTime">Their x axes are time in seconds.</param>
    public static ReportSection Charts(string title, IReadOnlyList<(Chart Chart, string CsvName)> charts, bool overTime = false) =>
        new(title, [.. charts.Select(c => new ChartBlock(c.Chart, c.CsvName, overTime))]);

    /// <summary>The bottleneck in words, and what to try next.</summary>
    /// <param name="sentence">"decode is bound by HBM reads of KV cache from batch 96 on".</param>
    /// <param name="advice">The most promising first.</param>
    public static ReportSection Bottleneck(string sentence, IReadOnlyList<Advice> advice) =>
        new("Bottleneck, and what to try next", advice.Count == 0
            ? [new TextBlock(sentence)]
            : [new TextBlock(sentence), new TableBlock([new("Try"), new("Expected gain")], [.. advice.Select(a => new ReportRow([new(a.What), new(a.Gain)]))])]);

    /// <summary>The slowest requests, each with its place in the charts over time.</summary>
    /// <param name="requests">The slowest first.</param>
    /// <param name="timeSection">Title of the section with the charts over time.</param>
    public static ReportSection Slowest(IReadOnlyList<SlowRequest> requests, string timeSection) => new("Slowest requests",
    [
        new TableBlock(
            [new("Request"), new("Arrival", true), new("Prompt tokens", true), new("Output tokens", true), new("TTFT", true), new("E2E", true), new("Preemptions", true)],
            [.. requests.Select(r => new ReportRow(
            [
                new(r.Id), new(SiFormat.Value(r.ArrivalSeconds, Unit.Seconds), r.ArrivalSeconds, r.ArrivalSeconds, Html.Slug(timeSection)),
                new(SiFormat.Count(r.PromptTokens), r.PromptTokens), new(SiFormat.Count(r.OutputTokens), r.OutputTokens),
                new(SiFormat.Value(r.TtftSeconds, Unit.Seconds), r.TtftSeconds), new(SiFormat.Value(r.E2eSeconds, Unit.Seconds), r.E2eSeconds), new(SiFormat.Count(r.Preemptions), r.Preemptions),
            ]))]),
        new TextBlock("The arrival leads to the charts over time and marks the moment there."),
    ]);

    /// <summary>What was assumed and how wrong it may be.</summary>
    /// <param name="assumptions">The assumptions.</param>
    public static ReportSection Assumptions(IReadOnlyList<Assumption> assumptions) =>
        new("Assumptions and their errors", [new TableBlock([new("Assumption"), new("Error to expect")], [.. assumptions.Select(a => new ReportRow([new(a.What), new(a.Error)]))])]);

    /// <summary>The scenario as text to copy.</summary>
    /// <param name="text">The file's text.</param>
    public static ReportSection Scenario(string text) => new("Scenario", [new CodeBlock(text)]);

    /// <summary>How to get the same result again.</summary>
    /// <param name="command">The command.</param>
    /// <param name="note">What else is needed: version, files.</param>
    public static ReportSection Reproduce(string command, string note = "") =>
        new("Reproduce", note.Length == 0 ? [new CodeBlock(command)] : [new TextBlock(note), new CodeBlock(command)]);
}
