using System.Diagnostics;
using LlmSim.Execution.Offloading;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;
using LlmSim.Tests;
using Xunit.Abstractions;

namespace LlmSim.Execution.Tests.Offloading;

/// <summary>
/// The published comparison of offloading systems on one T4 (FlexGen, ICML 2023, table 2): prompt 512, output 32. Predicted on an ideal roofline, so every
/// figure is an upper bound; what is asserted are the relations.
/// </summary>
public class FlexGenTableTests(ITestOutputHelper output)
{
    private const int Prompt = 512, Output = 32;

    [Theory]
    [InlineData("opt-30b", 8, 4, 144, 0.62, 0.60, 7.32, 8.38, 5)]
    [InlineData("opt-175b", 2, 1, 256, 0.01, 0.01, 0.69, 1.12, 30)]
    public void Relations_of_the_published_table_hold(
        string name, int accelerateBatch, int zeroBatch, int flexGenBatch, double accelerate, double zero, double flexGen, double compressed, double factor)
    {
        var model = name == "opt-30b" ? SampleModels.Opt30B : SampleModels.Opt175B;
        var device = T4();
        var time = new IdealTimeModel(device);
        Generation Run(OffloadPolicy policy, int batch, Precision precision) =>
            Generation.Of(new OffloadPlanner(model, precision, device, time, policy), policy.BatchesPerBlock, batch / policy.BatchesPerBlock, Prompt, Output);

        var fp16 = Precision.Fp16;
        var accelerated = Run(OffloadPolicy.Accelerate(Greedy(model, fp16, device, accelerateBatch)), accelerateBatch, fp16);
        var inHost = model.WeightBytes(fp16) < device.MemoryOf(MemoryKind.Host)!.CapacityBytes;
        var zeroed = Run(OffloadPolicy.ZeroInference(onFlash: !inHost), zeroBatch, fp16);
        var watch = Stopwatch.StartNew();
        var best = new FlexGenSearch(model, fp16, device, time).Best(flexGenBatch, Prompt, Output)!.Value;
        output.WriteLine($"search {watch.ElapsedMilliseconds} ms: {best.Policy}");
        var flexed = Run(best.Policy, flexGenBatch, fp16);
        var int4 = new Precision(new WeightFormat(NumberFormat.Int4, 64, 16, 16), NumberFormat.Fp16, NumberFormat.Int4); // groups of 64 with a minimum and a scale, as published
        var small = new FlexGenSearch(model, int4, device, time) { AllowCpuAttention = false }.Best(flexGenBatch, Prompt, Output)!.Value;
        var compact = Run(small.Policy, flexGenBatch, int4);
        output.WriteLine($"compressed: {small.Policy}");
        foreach (var (system, predicted, published) in new[]
        {
            ("accelerate", accelerated, accelerate), ("zero-inference", zeroed, zero), ("flexgen", flexed, flexGen), ("flexgen, 4 bits", compact, compressed),
        })
            output.WriteLine($"{name} {system}: predicted {predicted.TokensPerSecond:0.000} tokens/s, published {published}; prefill {predicted.PrefillSeconds:0.0} s, decode {predicted.DecodeSeconds:0.00} s; "
                + string.Join(", ", predicted.Peaks.Select(p => $"{p.Tier} {p.PeakBytes / 1e9:0.0} of {p.CapacityBytes / 1e9:0.0} GB")));

        Assert.All(new[] { accelerated, zeroed, flexed, compact }, g => Assert.True(g.Fits, string.Join(", ", g.Peaks)));
        Assert.InRange(accelerated.TokensPerSecond / zeroed.TokensPerSecond, 0.5, 2);
        Assert.True(flexed.TokensPerSecond >= factor * accelerated.TokensPerSecond);
        Assert.True(flexed.TokensPerSecond >= factor * zeroed.TokensPerSecond);
        Assert.True(compact.TokensPerSecond > flexed.TokensPerSecond);
        // An ideal machine is faster than the real one, and not by an order of magnitude.
        Assert.InRange(flexed.TokensPerSecond, flexGen * 0.8, flexGen * 4);
    }

    /// <summary>Whole layers on the device as far as cache and activations leave room, then in host memory, then on flash.</summary>
    private static Shares Greedy(LanguageModel model, Precision precision, Device device, int batch)
    {
        var layers = model.LayerGroups.Sum(g => g.Count * g.Operators.Sum(o => o.Spec.WeightBytes(precision)));
        var layer = layers / model.LayerCount;
        var cache = batch * (double)(Prompt + Output + 1) * model.KvElementsPerToken * 2;
        var activations = LlmSim.Execution.Memory.LiveRanges.PeakOf(model, LlmSim.Graphs.Batches.BatchShape.UniformPrefill(batch, Prompt), precision).Bytes;
        var room = device.MainMemory.CapacityBytes - (model.WeightBytes(precision) - layers) - cache - activations - 2 * layer - (1L << 30);
        var onDevice = Math.Floor(Math.Max(0, room) / layer) / model.LayerCount;
        var inHost = Math.Min(1 - onDevice, Math.Floor((device.MemoryOf(MemoryKind.Host)!.CapacityBytes * 0.95 / layer) - 2) / model.LayerCount);
        return new Shares(onDevice, inHost, 1 - onDevice - inHost);
    }

    private static Device T4() => HardwareFile.Load(Repository.Path("hardware/t4.json"));
}
