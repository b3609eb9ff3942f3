using LlmSim.Graphs.Operators;
using LlmSim.Machines.TimeModels;
using LlmSim.Studies.Passes;
using static LlmSim.Studies.Tests.Passes.SurveyStudy;

namespace LlmSim.Studies.Tests.Passes;

/// <summary>
/// The scenarios in <c>scenarios/survey</c> show what the figures of “LLM Inference Unveiled: Survey and Roofline Model Insights” (arXiv 2402.16363) say.
/// </summary>
public sealed class SurveyFiguresTests
{
    [Fact]
    public void Figure_5_linear_layers_lie_left_of_the_turning_point_in_decode_and_right_of_it_in_prefill()
    {
        var study = Run(5);
        foreach (var (phase, bound) in new[] { ("decode", Bound.Memory), ("prefill", Bound.Compute) })
        {
            var answer = At(study, ("pass.phase", phase));
            var roof = PassCharts.Roofs(answer.Question)[0];
            Assert.InRange(roof.Ridge, 200, 203);
            var linear = answer.Rows.Where(r => r.Spec is Linear && r.Layer != "head").ToList();
            Assert.Equal(["down_proj", "gate_proj", "o_proj", "qkv_proj", "up_proj"], linear.Select(r => r.Name).Order(StringComparer.Ordinal));
            Assert.All(linear, r => Assert.Equal(bound, r.Bound));
            Assert.All(linear, r => Assert.Equal(bound == Bound.Compute, r.ArithmeticIntensity > roof.Ridge));
            Assert.All(linear, r => Assert.True(r.Performance <= 1.000001 * Math.Min(roof.PeakFlopsPerSecond, r.ArithmeticIntensity * roof.BytesPerSecond)));
        }
    }

    [Fact]
    public void Figure_6_int8_counts_where_all_operands_are_int8_and_int4_needs_units_of_its_own()
    {
        double Seconds(PassStudyResult study, string weights, string activations) => At(study, ("precision.weights", weights), ("precision.activations", activations)).Seconds;
        var study = Run(6);
        var fp16 = Seconds(study, "fp16", "fp16");
        Assert.InRange(fp16 / Seconds(study, "int8", "int8"), 1.95, 2.05);
        Assert.InRange(fp16 / Seconds(study, "int8", "fp16"), 0.99, 1.02);
        Assert.InRange(fp16 / Seconds(study, "int4", "int4"), 3.8, 4.1);
        // The H100 has no int4 units: such products run on those for int8.
        var without = Run(6, "machine.hardware=h100-80gb-sxm");
        Assert.InRange(Seconds(without, "int8", "int8") / Seconds(without, "int4", "int4"), 0.98, 1.1);
    }

    [Fact]
    public void Figure_7_activations_are_small_most_of_all_in_decode_and_the_cache_grows_with_batch()
    {
        var study = Run(7);
        foreach (var point in study.Points)
        {
            var share = point.Answer.ActivationBytes / point.Answer.PeakMemoryBytes;
            if (Text(point, "pass.phase") == "decode") Assert.InRange(share, 0, 0.001);
            else if (point.Answer.Question.Batch == 1) Assert.InRange(share, 0, 0.15);
        }

        PassAnswer Of(string weights, string kv, string activations, int batch) => At(
            study, ("precision.weights", weights), ("precision.kv", kv), ("precision.activations", activations), ("pass.phase", "decode"), ("pass.batch", Number(batch)));
        var (full, large) = (Of("fp16", "fp16", "fp16", 1), Of("fp16", "fp16", "fp16", 16));
        Assert.Equal(16, large.KvCacheBytes / full.KvCacheBytes, 9);
        // Quarter weights: at batch 1 nearly a quarter of memory, at batch 16 no longer, as the cache stays; with a 4-bit cache it is a quarter again.
        Assert.InRange(Of("int4", "fp16", "fp16", 1).PeakMemoryBytes / full.PeakMemoryBytes, 0.25, 0.32);
        Assert.InRange(Of("int4", "fp16", "fp16", 16).PeakMemoryBytes / large.PeakMemoryBytes, 0.6, 0.7);
        Assert.InRange(Of("int4", "int4", "fp16", 16).PeakMemoryBytes / large.PeakMemoryBytes, 0.25, 0.26);
    }

    [Fact]
    public void Figure_8_decode_gains_from_fewer_bits_at_small_batches_and_from_4_bits_down_nothing_at_large_ones()
    {
        var study = Run(8);
        double Seconds(int batch, string weights, string kv) => At(study, ("pass.batch", Number(batch)), ("precision.weights", weights), ("precision.kv", kv)).Seconds;
        Assert.InRange(Seconds(1, "fp16", "fp16") / Seconds(1, "int4", "fp16"), 3.3, 4);
        Assert.InRange(Seconds(1, "int4", "fp16") / Seconds(1, "int1", "fp16"), 2, 4);
        foreach (var batch in new[] { 64, 128, 256, 512 })
            Assert.InRange(Seconds(batch, "int4", "int4") / Seconds(batch, "int1", "int4"), 1, batch == 64 ? 1.06 : 1.01);
        // What is gained at batch 256 is gained by the cache.
        Assert.InRange(Seconds(256, "fp16", "fp16") / Seconds(256, "int4", "fp16"), 1, 1.05);
        Assert.True(Seconds(256, "int4", "fp16") / Seconds(256, "int4", "int4") > 2);
        Assert.Equal(224, Turn(study, "pass.batch", "fp16"));
        Assert.Equal(64, Turn(study, "pass.batch", "int4"));
    }

    [Fact]
    public void Figure_9_prefill_gains_from_fewer_bits_while_it_is_short()
    {
        var study = Run(9);
        double Gain(int prompt) => At(study, ("pass.prompt", Number(prompt)), ("precision.weights", "fp16"), ("precision.kv", "fp16")).Seconds
            / At(study, ("pass.prompt", Number(prompt)), ("precision.weights", "int4"), ("precision.kv", "fp16")).Seconds;
        Assert.InRange(Gain(1), 3.3, 4);
        Assert.InRange(Gain(128), 1.4, 1.8);
        foreach (var prompt in new[] { 512, 1024, 4096, 8192 }) Assert.InRange(Gain(prompt), 1, 1.02);
        Assert.Equal(256, Turn(study, "pass.prompt", "fp16"));
    }

    [Fact]
    public void Figure_11_beyond_50k_tokens_the_cache_dominates()
    {
        var study = Run(11);
        PassAnswer Of(int context, string weights, string kv) => At(study, ("pass.context", Number(context)), ("precision.weights", weights), ("precision.kv", kv));
        Assert.True(Of(30_000, "fp16", "fp16").KvCacheBytes < Of(30_000, "fp16", "fp16").WeightBytes);
        Assert.True(Of(40_000, "fp16", "fp16").KvCacheBytes > Of(40_000, "fp16", "fp16").WeightBytes);
        foreach (var (weights, kv, share) in new[] { ("fp16", "fp16", 0.6), ("int4", "fp16", 0.85), ("int4", "int4", 0.6) })
        {
            var at50 = Of(50_000, weights, kv);
            Assert.True(at50.KvCacheBytes / at50.PeakMemoryBytes > share);
        }

        // 2 · 40 layers · 5120 · 2 bytes for each of 200,001 tokens.
        Assert.Equal(819_200.0 * 200_001, Of(200_000, "fp16", "fp16").KvCacheBytes, 0);
    }

    [Fact]
    public void Figure_15_fusing_the_activation_saves_time_as_it_saves_bytes_left_of_the_turning_point_and_less_right_of_it()
    {
        var study = Run(15);
        (double Time, double Bytes) Saved(int prompt)
        {
            var (apart, fused) = (At(study, ("pass.fusions", "none"), ("pass.prompt", Number(prompt))), At(study, ("pass.fusions", "activation"), ("pass.prompt", Number(prompt))));
            Assert.True(fused.Flops / fused.Bytes > apart.Flops / apart.Bytes);
            return (1 - fused.Seconds / apart.Seconds, 1 - fused.Bytes / apart.Bytes);
        }

        foreach (var prompt in new[] { 1, 4, 16, 64, 128 }) Assert.Equal(Saved(prompt).Bytes, Saved(prompt).Time, 6);
        foreach (var prompt in new[] { 2048, 4096 }) Assert.True(Saved(prompt).Time < 0.4 * Saved(prompt).Bytes);
    }

    [Fact]
    public void Figure_16_fused_attention_saves_time_as_it_saves_bytes_in_decode_and_less_in_prefill()
    {
        var study = Run(16);
        (double Time, double Bytes) Saved(string phase, int batch, int length)
        {
            PassAnswer Of(string attention) => At(study, ("pass.attention", attention), ("pass.phase", phase), ("pass.batch", Number(batch)), ("pass.prompt", Number(length)));
            return (1 - Of("fused").Seconds / Of("unfused").Seconds, 1 - Of("fused").Bytes / Of("unfused").Bytes);
        }

        foreach (var batch in new[] { 1, 8 })
        {
            foreach (var length in new[] { 1024, 8192, 100_000 })
            {
                var (decode, prefill) = (Saved("decode", batch, length), Saved("prefill", batch, length));
                Assert.True(decode.Bytes > 0);
                Assert.Equal(decode.Bytes, decode.Time, 6);
                Assert.True(prefill.Time > 0 && prefill.Time < prefill.Bytes);
            }
        }

        Assert.True(Saved("prefill", 1, 8192).Bytes > 0.6);
        Assert.InRange(Saved("prefill", 1, 8192).Time, 0.3, 0.6);
        Assert.True(Saved("prefill", 1, 100_000).Bytes > 0.95);
    }

    [Fact]
    public void Figure_18_from_some_batch_on_fetching_weights_to_the_GPU_beats_computing_on_the_CPU()
    {
        var study = Run(18);
        PassAnswer Of(string where, int batch) => At(study, ("machine.placement", where), ("pass.batch", Number(batch)));
        // Fetching is bound by the link until far beyond: the weights of 40 layers over 25.5 GB/s.
        var link = Of("device", 1).Question.Device.LinkOf(Machines.Hardware.LinkKind.Host)!.BandwidthBytesPerSecond;
        var fetched = 2.0 * 40 * (4 * 5120.0 * 5120 + 3 * 5120.0 * 13824);
        foreach (var batch in new[] { 1, 32, 256 }) Assert.InRange(Of("device", batch).Seconds, fetched / link, 1.1 * fetched / link);
        Assert.True(Of("cpu-linears", 1).Seconds < Of("device", 1).Seconds / 5);
        var batches = study.Points.Select(p => p.Answer.Question.Batch).Distinct().Order().ToList();
        var turn = batches.First(b => Of("device", b).Seconds < Of("cpu-linears", b).Seconds);
        Assert.InRange(turn, 128, 224);
        Assert.All(batches, b => Assert.Equal(b >= turn, Of("device", b).Seconds < Of("cpu-linears", b).Seconds));
        Assert.True(Of("device", 512).Seconds < Of("cpu-linears", 512).Seconds / 2);
    }

    [Fact]
    public void Figure_18_has_the_roofs_of_host_memory_and_of_the_link_and_every_pass_lies_under_one()
    {
        var study = Run(18);
        var roofs = study.Points.SelectMany(p => PassCharts.Roofs(p.Answer.Question)).Distinct().ToList();
        Assert.Contains(roofs, r => r.BytesPerSecond == 204.8e9 && r.Precision == "CPU");
        Assert.Contains(roofs, r => r.BytesPerSecond == 25.5e9 && r.Precision == "fp16");
        Assert.Contains(PassStudyCharts.All(study), c => c.Name == "roofline-passes");
        foreach (var answer in study.Points.Where(p => Text(p, "machine.placement") == "device").Select(p => p.Answer))
        {
            // Linear layers of the fetched layers go as fast as their weights come.
            var dots = PassCharts.Dots(answer).ToDictionary(d => d.Name);
            foreach (var row in answer.Rows.Where(r => r.Layer == "layer" && r.WeightBytes > 0 && r.Spec is Linear))
                Assert.Equal(row.Flops * 25.5e9 / row.WeightBytes, dots[row.Name].FlopsPerSecond, dots[row.Name].FlopsPerSecond * 1e-9);
        }
    }

    [Fact]
    public void Figure_19_decode_throughput_rises_steeply_with_batch_and_latency_and_memory_rise_too()
    {
        var study = Run(19);
        var decode = study.Points.Where(p => Text(p, "pass.phase") == "decode").Select(p => p.Answer).ToList();
        foreach (var (a, b) in decode.Zip(decode.Skip(1)))
        {
            Assert.True(b.TokensPerSecond > a.TokensPerSecond);
            Assert.True(b.Seconds > a.Seconds);
            Assert.True(b.PeakMemoryBytes > a.PeakMemoryBytes);
        }

        var (one, sixteen) = (decode[0], decode.Single(a => a.Question.Batch == 16));
        Assert.InRange(sixteen.TokensPerSecond / one.TokensPerSecond, 10, 12);
        Assert.InRange(sixteen.Seconds / one.Seconds, 1.4, 1.6);
        Assert.True(sixteen.Fits && !decode.Single(a => a.Question.Batch == 32).Fits);
        // Prefill is compute-bound at batch 1 already.
        var prefill = study.Points.Where(p => Text(p, "pass.phase") == "prefill").Select(p => p.Answer.TokensPerSecond).ToList();
        Assert.InRange(prefill.Max() / prefill.Min(), 1, 1.01);
    }

    [Fact]
    public void Figure_20_decode_follows_bandwidth_until_the_turning_point_comes_down_to_it()
    {
        var study = Run(20);
        var linear = PassMetric.Named("linear_seconds");
        var answers = study.Points.Select(p => p.Answer).ToList();
        double Work(PassAnswer a) => linear.Of(a) * a.Question.Device.MemoryBandwidthBytesPerSecond;
        foreach (var answer in answers.SkipLast(1))
        {
            Assert.Equal(Work(answers[0]), Work(answer), Work(answers[0]) * 1e-6);
            Assert.InRange(PassMetric.MemoryBoundShare(answer), 0.999, 1);
        }

        Assert.True(Work(answers[^1]) > 3 * Work(answers[0]));
        Assert.Equal(0, PassMetric.LinearMemoryBoundShare(answers[^1]), 6);
    }

    /// <summary>The first value of an axis from which on linear layers are compute-bound, with that format of weights and fp16 KV.</summary>
    private static double Turn(PassStudyResult study, string axis, string weights) => study.Points
        .Where(p => Text(p, "precision.weights") == weights && Text(p, "precision.kv") == "fp16" && PassMetric.LinearMemoryBoundShare(p.Answer) < 0.5)
        .Min(p => p.Values.First(v => v.Key == axis).Value.Number);
}
