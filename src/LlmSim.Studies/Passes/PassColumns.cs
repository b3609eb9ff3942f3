namespace LlmSim.Studies.Passes;

/// <summary>The columns that tables of a pass study show on a page or a terminal; files have all metrics.</summary>
public static class PassColumns
{
    private static readonly (string Head, string Metric)[] s_passes =
    [
        ("Time", "seconds"), ("Tokens/s", "tokens_per_second"), ("FLOP/B", "flops_per_byte"), ("Memory-bound", "memory_bound_share"), ("KV cache", "kv_cache_bytes"), ("Memory", "memory_bytes"),
    ];

    private static readonly (string Head, string Metric)[] s_generations =
    [
        ("Time", "seconds"), ("Prefill", "prefill_seconds"), ("Decode pass", "decode_seconds"), ("Memory", "memory_bytes"), ("Host", "host_bytes"), ("Flash", "flash_bytes"), ("Tokens/s", "tokens_per_second"),
    ];

    /// <summary>Columns for the passes or generations of a study, with what is only somewhere in it: bubbles of pipelines, published figures.</summary>
    /// <param name="study">The study.</param>
    /// <returns>Heading and metric of each.</returns>
    public static IReadOnlyList<(string Head, PassMetric Metric)> Of(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        var all = (study.Points.Any(p => p.Answer.Question.OutputTokens is not null) ? s_generations : s_passes).ToList();
        if (study.Points.Any(p => p.Answer.Question.Parallelism.Pipeline > 1)) all.Add(("Bubbles", "bubble_share"));
        if (HasPublished(study)) all.AddRange([("Published", "published_tokens_per_second"), ("Predicted / published", "predicted_over_published")]);
        return [.. all.Select(c => (c.Head, PassMetric.Named(c.Metric)))];
    }

    /// <summary>Whether a published figure stands beside any point.</summary>
    public static bool HasPublished(PassStudyResult study)
    {
        ArgumentNullException.ThrowIfNull(study);
        return study.Points.Any(p => p.Answer.Question.PublishedTokensPerSecond is not null);
    }

    /// <summary>The axes worth a column: all but published figures, which have one.</summary>
    public static bool IsShown(string path) => path != "pass.published";
}
