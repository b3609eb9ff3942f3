namespace LlmSim.Workloads.Traces.Formats;

/// <summary>NVIDIA Dynamo's form of Mooncake traces: a session's later requests may give a pause instead of a time.</summary>
internal sealed class DynamoTrace : MooncakeTrace
{
    public override string Name => "dynamo";

    public override string Description => "Dynamo, JSONL: as Mooncake, with session_id and delay (ms after the session's previous request ended)";

    public override string Session => "session_id";

    public override string Delay => "delay";

    public override IReadOnlyList<string[]> Signature => [[Prompt], [Output], [Session, Delay]];
}
