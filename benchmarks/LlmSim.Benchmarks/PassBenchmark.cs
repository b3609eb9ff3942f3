using System.Globalization;
using LlmSim.Execution.Collectives;
using LlmSim.Execution.Parallelism;
using LlmSim.Execution.Plans;
using LlmSim.Execution.Schedules;
using LlmSim.Execution.StepCosts;
using LlmSim.Execution.Tests.Samples;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Kernel.Recording;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Benchmarks;

/// <summary>A pass of Llama-2-70B on one of eight H100s: step cost compiled and scheduled, the whole schedule, and its timeline.</summary>
internal static class PassBenchmark
{
    public static int Run(string[] arguments)
    {
        var device = HardwareCatalogue.Default.Find("h100-80gb-sxm");
        var model = TensorParallel.Shard(SampleModels.Llama70B, 8);
        var time = new CollectiveTimeModel(new IdealTimeModel(device), Topology.Of(device)!.Value);
        var compiled = new CompiledStepCost(model, Precision.Fp16, time);
        var overlapping = new ScheduledStepCost(new PassPlanner(model, Precision.Fp16, device, time, new PassOptions { Streams = StreamUse.PerUnit }));
        var planner = new PassPlanner(model, Precision.Fp16, device, time, new PassOptions { Streams = StreamUse.PerUnit });
        var decode = BatchShape.UniformDecode(64, 1024, compiled.Needs);
        long sum = 0;
        Report("compiled step cost, decode", 1_000_000, i =>
        {
            decode.Decode.ContextTokens += 64;
            decode.Decode.Pairs += 64;
            sum += compiled.Nanoseconds(decode);
        });
        Report("scheduled step cost, decode, new batch", 300, i =>
        {
            decode.Decode.ContextTokens += 64;
            decode.Decode.Pairs += 64;
            sum += overlapping.Nanoseconds(decode);
        });
        var batch = BatchShape.UniformDecode(64, 1024, planner.Needs);
        Report("schedule, unfolded", 50, _ => sum += Scheduler.Run(planner.Plan(batch), fold: false).Picoseconds);
        Report("schedule with full timeline", 20, _ => sum += PassTimeline.Of(Scheduler.Run(planner.Plan(batch)), device.Name).SpanCount);
        Report("the same, written as a trace", 20, _ => PerfettoTrace.Write(PassTimeline.Of(Scheduler.Run(planner.Plan(batch)), device.Name), Stream.Null));
        return sum == 0 ? 1 : 0;
    }

    private static void Report(string what, int times, Action<int> action)
    {
        for (var i = 0; i < Math.Max(10, times / 5); i++) action(i);
        var best = double.PositiveInfinity;
        for (var round = 0; round < 3; round++)
        {
            var before = Environment.CpuUsage.TotalTime;
            for (var i = 0; i < times; i++) action(i);
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalSeconds / times);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-40} {best * 1e6,12:0.000} µs of processor time"));
    }
}
