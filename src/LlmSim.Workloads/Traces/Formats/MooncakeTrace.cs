namespace LlmSim.Workloads.Traces.Formats;

/// <summary>Mooncake (github.com/kvcache-ai/Mooncake): milliseconds, token counts, one identity for each 512-token block of the prompt.</summary>
internal class MooncakeTrace : JsonTraceFormat
{
    public override string Name => "mooncake";

    public override string Description => "Mooncake, JSONL: timestamp (ms), input_length, output_length, hash_ids (512 tokens each)";

    public override string Time => "timestamp";

    public override double NanosecondsPerUnit => 1e6;

    public override string Prompt => "input_length";

    public override string Output => "output_length";

    public override string Hashes => "hash_ids";

    public override int HashBlockTokens => 512;
}
