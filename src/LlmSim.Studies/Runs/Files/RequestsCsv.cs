using LlmSim.Serving.Results;
using LlmSim.Studies.Metrics;

namespace LlmSim.Studies.Runs.Files;

/// <summary>
/// Writes <c>requests.csv</c>: one line a request in order of arrival; moments that never came are empty. Where prompts have several outputs, output_tokens is the longest,
/// and two more columns say how many there are and how many tokens they have together.
/// </summary>
public static class RequestsCsv
{
    /// <summary>The header line.</summary>
    public const string Header =
        "id,arrival_s,prompt_tokens,output_tokens,first_scheduled_s,first_token_s,finish_s,preemptions,cached_tokens,replica,status";

    /// <summary>Writes all rows.</summary>
    public static void Write(string path, ReadOnlySpan<RequestRow> rows)
    {
        using var csv = new CsvBuffer(File.Create(path));
        var several = false;
        foreach (var row in rows) several |= row.MoreOutputs > 0;
        csv.Text(several ? Header + ",outputs,all_output_tokens" : Header).Line();
        foreach (var row in rows)
        {
            csv.Number(row.Id).Comma().Seconds(row.ArrivalNanoseconds).Comma().Number(row.PromptTokens).Comma().Number(row.OutputTokens).Comma()
                .Seconds(row.FirstScheduledNanoseconds).Comma().Seconds(row.FirstTokenNanoseconds).Comma().Seconds(row.FinishNanoseconds).Comma()
                .Number(row.Preemptions).Comma().Number(row.CachedTokens).Comma().Number(row.Replica).Comma().Text(Status(row.Status));
            if (several) csv.Comma().Number(1 + row.MoreOutputs).Comma().Number(row.AllOutputTokens);
            csv.Line();
        }
    }

    private static ReadOnlySpan<byte> Status(RequestStatus status) => status switch
    {
        RequestStatus.Finished => "finished"u8,
        RequestStatus.Rejected => "rejected"u8,
        _ => "unfinished"u8,
    };
}
