namespace LlmSim.Studies.Runs;

/// <summary>What an engine's host costs each iteration, by the engine's name. To add one: a line here.</summary>
/// <param name="Name">Its name in <c>engine.hostTime</c>.</param>
/// <param name="Nanoseconds">Constant part, in nanoseconds.</param>
/// <param name="NanosecondsPerSequence">Part for each sequence of the batch, in nanoseconds.</param>
/// <param name="Source">Where the figures come from.</param>
public sealed record HostTime(string Name, long Nanoseconds, long NanosecondsPerSequence, string Source)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<HostTime> All { get; } =
    [
        new("none", 0, 0, "the host is free, or its time is in a measured table"),

        // Of the replay of a vLLM 0.19 run (Llama-3.1-8B, RTX PRO 6000) 1.8 ms an iteration stay unexplained at 95 running sequences. The slope is
        // that of the schedule step which Vidur measured (15 µs a sequence, A100), and the constant is what then remains.
        new("vllm-0.19", 375_000, 15_000, "1.8 ms at 95 sequences: what a replay of a measured vLLM 0.19 run leaves unexplained"),

        // Least squares over Vidur's CPU profiles on A100, TP 1, six models, batches of 8 to 128: schedule 0.031 + 0.0150, prepare inputs 0.230 + 0.0073,
        // sample 0.437 + 0.0063, process outputs 0.079 + 0.0148 ms.
        new("vllm-0.2", 776_000, 43_000, "CPU profiles of vLLM 0.2 on an A100 host (Vidur): schedule, inputs, sampling, outputs"),
    ];

    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. All.Select(h => h.Name)];

    /// <summary>The host time of that name, or null.</summary>
    public static HostTime? Find(string name) => All.FirstOrDefault(h => h.Name == name);
}
