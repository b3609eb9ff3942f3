namespace LlmSim.Workloads.Traces.Formats;

/// <summary>DistServe (github.com/LLMServe/DistServe): an array of objects with seconds and token counts.</summary>
internal sealed class DistServeTrace : JsonTraceFormat
{
    public override string Name => "distserve";

    public override string Description => "DistServe, JSON array or lines: start_time (s), prompt_len, output_len";

    public override string Time => "start_time";

    public override double NanosecondsPerUnit => 1e9;

    public override string Prompt => "prompt_len";

    public override string Output => "output_len";
}
