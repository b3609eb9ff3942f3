using LlmSim.Execution.Fusion;
using LlmSim.Execution.Memory;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Passes;
using LlmSim.Execution.Placement;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Execution.Tests.Survey;

/// <summary>
/// What the figures of “LLM Inference Unveiled: Survey and Roofline Model Insights” (arXiv 2402.16363) show, asserted with its number: Llama-2-13B on an
/// RTX A6000 and ideal rooflines, as there, under the standard rules.
/// </summary>
public class SurveyRelationsTests(ITestOutputHelper output)
{
    private static readonly LanguageModel s_model = SampleModels.Llama13B;
    private static readonly Device s_a6000 = HardwareFile.Load(Repository.Path("hardware/a6000.json"));
    private static readonly ITimeModel s_time = new IdealTimeModel(s_a6000);

    [Fact]
    public void Figure_5_operators_left_of_the_turning_point_are_memory_bound_and_right_of_it_compute_bound()
    {
        var ridge = s_a6000.Compute.Matrix[NumberFormat.Fp16] / s_a6000.MemoryBandwidthBytesPerSecond;
        output.WriteLine($"turning point {ridge:0} FLOP/byte");
        Assert.InRange(ridge, 195, 210);
        foreach (var batch in new[] { BatchShape.UniformDecode(1, 2048), BatchShape.UniformPrefill(1, 2048) })
            foreach (var row in Pass(batch, Formats(16, 16)).Rows.Where(r => r.Spec is Linear))
                Assert.Equal(row.Work.ArithmeticIntensity > ridge ? Bound.Compute : Bound.Memory, row.Time.Bound);
    }

    [Fact]
    public void Figure_6_int8_doubles_the_roof_only_where_all_operands_are_int8()
    {
        var batch = BatchShape.UniformPrefill(4, 2048);
        double Linears(Precision precision) => Pass(batch, precision).Rows.Where(r => r.Spec is Linear { Rows: RowSource.Tokens }).Sum(r => r.TotalSeconds);
        var int8 = new Precision(new WeightFormat(NumberFormat.Int8), NumberFormat.Int8, NumberFormat.Int8);
        Assert.Equal(2, Linears(Formats(16, 16)) / Linears(int8), 1);
        Assert.Equal(1, Linears(Formats(16, 16)) / Linears(Formats(8, 8)), 1);
    }

    [Fact]
    public void Figure_7_temporary_activations_are_small_most_of_all_in_decode_and_the_cache_grows_with_batch_and_length()
    {
        (double Weights, double Cache, double Activations) Memory(BatchShape batch)
        {
            var pass = Pass(batch, Formats(16, 16));
            return (pass.WeightBytes, pass.KvCacheBytes, pass.Activations.Bytes);
        }

        var decode = Memory(BatchShape.UniformDecode(16, 2048));
        var prefill = Memory(BatchShape.UniformPrefill(16, 2048));
        output.WriteLine($"activations: decode {decode.Activations / 1e6:0.0} MB, prefill {prefill.Activations / 1e9:0.00} GB, of {(prefill.Weights + prefill.Cache + prefill.Activations) / 1e9:0.0} GB");
        Assert.True(decode.Activations < 0.001 * (decode.Weights + decode.Cache));
        Assert.True(prefill.Activations < 0.07 * (prefill.Weights + prefill.Cache));
        Assert.Equal(2, Memory(BatchShape.UniformDecode(32, 2047)).Cache / Memory(BatchShape.UniformDecode(16, 2047)).Cache, 6);
        Assert.Equal(2, Memory(BatchShape.UniformDecode(16, 4095)).Cache / Memory(BatchShape.UniformDecode(16, 2047)).Cache, 6);
    }

    [Fact]
    public void Figure_8_decode_gains_from_quantisation_at_small_batches_and_nothing_more_below_4_bits_at_large_ones()
    {
        double Time(int batch, int weights, int cache) => Pass(BatchShape.UniformDecode(batch, 1024), Formats(weights, cache)).Seconds;
        output.WriteLine($"batch 1: W16/W4 {Time(1, 16, 16) / Time(1, 4, 16):0.00}, W4/W1 {Time(1, 4, 16) / Time(1, 1, 16):0.00}; "
            + $"batch 256, KV4: W16/W4 {Time(256, 16, 4) / Time(256, 4, 4):0.00}, W4/W1 {Time(256, 4, 4) / Time(256, 1, 4):0.00}");
        Assert.True(Time(1, 16, 16) / Time(1, 4, 16) > 3);
        Assert.True(Time(1, 4, 16) / Time(1, 1, 16) > 2);
        Assert.InRange(Time(256, 4, 4) / Time(256, 2, 4), 0.97, 1.03);
        Assert.InRange(Time(256, 2, 4) / Time(256, 1, 4), 0.97, 1.03);
        // Where the linear layers turn: batch ≈ turning point × bytes of a weight / 2.
        var turns = Enumerable.Range(1, 512).First(b => Pass(BatchShape.UniformDecode(b, 1024), Formats(16, 16)).Rows.Single(r => r.Name == "gate_proj").Time.Bound == Bound.Compute);
        output.WriteLine($"gate_proj turns compute-bound at batch {turns} (fp16)");
        Assert.InRange(turns, 200, 230);
    }

    [Fact]
    public void Figure_9_prefill_gains_from_weight_quantisation_while_it_is_short()
    {
        double Gain(int length) => Pass(BatchShape.UniformPrefill(1, length), Formats(16, 16)).Seconds / Pass(BatchShape.UniformPrefill(1, length), Formats(4, 16)).Seconds;
        output.WriteLine(string.Join(", ", new[] { 1, 16, 64, 128, 256, 512, 1024, 4096 }.Select(n => $"{n}: {Gain(n):0.00}")));
        Assert.True(Gain(1) > 3);
        Assert.InRange(Gain(4096), 0.95, 1.05);
        Assert.True(Gain(64) > Gain(256) && Gain(256) > Gain(1024) - 0.01);
    }

    [Fact]
    public void Figure_11_beyond_some_ten_thousand_tokens_the_cache_dominates_memory()
    {
        int Crossing(Precision precision) => Enumerable.Range(1, 200).First(k =>
        {
            var pass = Pass(BatchShape.UniformDecode(1, 1000 * k), precision);
            return pass.KvCacheBytes > pass.PeakMemoryBytes / 2;
        });
        var crossings = (W16: Crossing(Formats(16, 16)), W4: Crossing(Formats(4, 16)), W4Kv4: Crossing(Formats(4, 4)));
        output.WriteLine($"the cache is more than half of memory from {crossings.W16}k (W16), {crossings.W4}k (W4), {crossings.W4Kv4}k tokens (W4KV4)");
        Assert.InRange(crossings.W16, 25, 50);
        Assert.True(crossings.W4 < crossings.W16 / 3);
        Assert.InRange(crossings.W4Kv4, crossings.W16 - 2, crossings.W16 + 2);
        var at50 = Pass(BatchShape.UniformDecode(1, 50_000), Formats(16, 16));
        Assert.True(at50.KvCacheBytes > 1.5 * at50.WeightBytes);
    }

    [Fact]
    public void Figure_16_flash_attention_cuts_time_as_much_as_bytes_in_decode_and_less_in_prefill()
    {
        // The keys and values of one head stay in the 6 MB of L2 while its blocks of queries pass, so memory sees them once.
        var flash = s_model;
        var unfused = AttentionExpansion.Unfused(s_model);
        (double Bytes, double Time) Reduction(BatchShape batch)
        {
            (double Bytes, double Seconds) Attention(LanguageModel model)
            {
                var rows = Pass(batch, Formats(16, 16), model).Rows.Where(r => r.Name is "attention" or "qk_matmul" or "softmax" or "sv_matmul").ToList();
                return (rows.Sum(r => r.Work.MemoryBytes), rows.Sum(r => r.Time.Seconds));
            }

            var (before, after) = (Attention(unfused), Attention(flash));
            return (1 - after.Bytes / before.Bytes, 1 - after.Seconds / before.Seconds);
        }

        var decode = Reduction(BatchShape.UniformDecode(1, 8192));
        var prefill = Reduction(BatchShape.UniformPrefill(1, 8192));
        output.WriteLine($"decode: bytes −{decode.Bytes:P1}, time −{decode.Time:P1}; prefill: bytes −{prefill.Bytes:P1}, time −{prefill.Time:P1}");
        Assert.Equal(decode.Bytes, decode.Time, 2);
        Assert.True(prefill.Bytes > 0.9);
        Assert.True(prefill.Time < prefill.Bytes - 0.02);
        Assert.True(prefill.Time > 0.5);
        // Without such a cache, with 100 KiB of shared memory for a block, less is saved.
        var blocks = Pass(BatchShape.UniformPrefill(1, 8192), Formats(16, 16), Fusions.WithQueryBlocks(s_model, 100 * 1024, 2)).Work.MemoryBytes;
        Assert.InRange(blocks, Pass(BatchShape.UniformPrefill(1, 8192), Formats(16, 16)).Work.MemoryBytes, Pass(BatchShape.UniformPrefill(1, 8192), Formats(16, 16), unfused).Work.MemoryBytes);
    }

    [Fact]
    public void Figure_18_from_some_batch_on_fetching_weights_to_the_GPU_beats_computing_on_the_CPU()
    {
        var others = new OtherUnits(s_a6000);
        double OnCpu(int batch)
        {
            var shape = BatchShape.UniformDecode(batch, 1024);
            return s_model.LayerGroups.Sum(g => g.Count * g.Operators.Where(o => o.Spec is Linear).Sum(o =>
                others.Cpu(o.Spec, o.Spec.Work(shape, Formats(16, 16)), shape, Formats(16, 16))!.Value.Seconds));
        }

        double Fetched(int batch) => 1e-12 * Scheduler.Run(
            new OffloadPlanner(s_model, Formats(16, 16), s_a6000, s_time, OffloadPolicy.ZeroInference(onFlash: false)).Plan(BatchShape.UniformDecode(batch, 1024))).Picoseconds;
        var from = Enumerable.Range(0, 12).Select(i => 1 << i).First(b => Fetched(b) < OnCpu(b));
        output.WriteLine($"batch 1: CPU {OnCpu(1):0.000} s, fetched {Fetched(1):0.000} s; fetching wins from batch {from}");
        Assert.True(OnCpu(1) < Fetched(1));
        Assert.InRange(from, 2, 256);
    }

    [Fact]
    public void Figure_19_decode_throughput_rises_steeply_with_batch_and_so_do_latency_and_memory()
    {
        var passes = Enumerable.Range(0, 7).Select(i => 1 << i).Select(b => (Batch: b, Pass: Pass(BatchShape.UniformDecode(b, 1024), Formats(16, 16)))).ToList();
        output.WriteLine(string.Join("; ", passes.Select(p => $"{p.Batch}: {p.Batch / p.Pass.Seconds:0} tokens/s, {p.Pass.Seconds * 1e3:0.0} ms, {p.Pass.PeakMemoryBytes / 1e9:0.0} GB")));
        foreach (var (a, b) in passes.Zip(passes.Skip(1)))
        {
            Assert.True(b.Batch / b.Pass.Seconds > a.Batch / a.Pass.Seconds);
            Assert.True(b.Pass.Seconds > a.Pass.Seconds);
            Assert.True(b.Pass.PeakMemoryBytes > a.Pass.PeakMemoryBytes);
        }

        Assert.True(passes[3].Batch / passes[3].Pass.Seconds > 6 / passes[0].Pass.Seconds);
    }

    [Fact]
    public void Figure_20_decode_follows_bandwidth()
    {
        double Time(double factor)
        {
            var memory = s_a6000.MainMemory;
            var device = s_a6000 with
            {
                Memories = [.. s_a6000.Memories.Select(m => m == memory ? m with { BandwidthBytesPerSecond = factor * m.BandwidthBytesPerSecond } : m)],
            };
            return ForwardPass.Run(s_model, BatchShape.UniformDecode(1, 1024), Formats(16, 16), new IdealTimeModel(device)).Rows
                .Where(r => r.Spec is Linear).Sum(r => r.TotalSeconds);
        }

        foreach (var factor in new[] { 0.5, 2, 4, 16 }) Assert.Equal(factor, Time(1) / Time(factor), 3);
        // Until the turning point has moved down to decode's intensity of 1.
        Assert.True(Time(1) / Time(1000) < 300);
    }

    private static Precision Formats(int weightBits, int cacheBits) => new(
        new WeightFormat(weightBits switch { 16 => NumberFormat.Fp16, 8 => NumberFormat.Int8, 4 => NumberFormat.Int4, 2 => NumberFormat.Int2, _ => NumberFormat.Int1 }),
        NumberFormat.Fp16, cacheBits switch { 16 => NumberFormat.Fp16, 8 => NumberFormat.Int8, _ => NumberFormat.Int4 });

    private static PassResult Pass(BatchShape batch, Precision precision, LanguageModel? model = null) => ForwardPass.Run(model ?? s_model, batch, precision, s_time);
}
