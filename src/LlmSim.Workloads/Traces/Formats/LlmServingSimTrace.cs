namespace LlmSim.Workloads.Traces.Formats;

/// <summary>
/// LLMServingSim (github.com/casys-kaist/LLMServingSim): nanoseconds; identities of 16-token blocks of prompt and output; agent sessions as a
/// chain of requests with the time of the tool call after each.
/// </summary>
internal sealed class LlmServingSimTrace : JsonTraceFormat
{
    public override string Name => "llmservingsim";

    public override string Description =>
        "LLMServingSim, JSONL: input_toks, output_toks, arrival_time_ns, optionally hash_ids (16 tokens each) or sub_requests[] with tool_duration_ns";

    public override string Time => "arrival_time_ns";

    public override double NanosecondsPerUnit => 1;

    public override string Prompt => "input_toks";

    public override string Output => "output_toks";

    public override string Hashes => "hash_ids";

    public override int HashBlockTokens => 16;

    public override string Session => "session_id";

    public override string Chain => "sub_requests";

    public override string DelayAfter => "tool_duration_ns";

    public override IReadOnlyList<string[]> Signature => [[Prompt, Chain], [Time, Chain]];
}
