using LlmSim.Execution.Plans;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Kernel.Time;
using LlmSim.Kernel.Units;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Offloading;

/// <summary>One layer of an offloaded pass: its copies and, for each batch of the block, its operators.</summary>
internal sealed class LayerPlan(OffloadPlanner planner, LayerGroup group, Shares weights, BatchShape batch, string[] endsOfOthers)
{
    private readonly List<Activity> _activities = [];
    private readonly List<PlanBuffer> _buffers = [];
    private readonly OffloadPolicy _policy = planner.Policy;
    private readonly OffloadMachine _machine = planner.Machine;

    public PlanSection Build()
    {
        var loaded = LoadWeights();
        var firstCompute = _activities.Count;
        for (var b = 0; b < _policy.BatchesPerBlock; b++) AddBatch(b, loaded);
        if (loaded >= 0)
        {
            var all = Enumerable.Range(firstCompute, _activities.Count - firstCompute).Where(i => _activities[i].Unit == OffloadLanes.Compute).ToList();
            _buffers.Add(new PlanBuffer("weights in flight", 0, weights.Away * MovedBytes(), loaded, all));
        }

        return new PlanSection(group.Name, _activities, _buffers);
    }

    /// <summary>Fetches the part of the weights that is away; index of the copy to the device, −1 when all is there.</summary>
    private int LoadWeights()
    {
        var bytes = MovedBytes();
        if (weights.Away * bytes <= 0) return -1;
        int[] after = [];
        if (weights.Flash > 0)
        {
            // The staging buffer in host memory is free again when what was read into it before has been copied on.
            after = [Add("read weights", OffloadLanes.FlashRead, _machine.FlashReadSeconds(weights.Flash * bytes, _policy.Pinned), weights.Flash * bytes, [], [Before("load weights")])];
        }

        var load = Add("load weights", OffloadLanes.ToDevice, _machine.CopySeconds(weights.Away * bytes, _policy.Pinned), weights.Away * bytes, after, [Before(LastOfBlock)]);
        if (after.Length > 0) _buffers.Add(new PlanBuffer("weights read ahead", 1, weights.Flash * bytes, after[0], [after[0], load]));
        return load;
    }

    private void AddBatch(int b, int loaded)
    {
        var precision = planner.Precision;
        var producer = new int[group.Values.Count];
        Array.Fill(producer, -1);
        var hidden = batch.Tokens * (double)HiddenElements() * precision.Activations.Bytes();
        var arrives = _policy.ActivationsOnHost && group.Layers.Count > 0
            ? Add(Named("load hidden states", b), OffloadLanes.ToDevice, _machine.CopySeconds(hidden, _policy.Pinned), hidden, [], [new Earlier(1, Named("store hidden states", b))])
            : -1;
        var before = _activities.Count;
        foreach (var step in group.Operators)
        {
            var after = step.Inputs.Select(i => producer[i]).Where(p => p >= 0).ToHashSet();
            if (loaded >= 0) after.Add(loaded);
            if (arrives >= 0) after.Add(arrives);
            var done = step.Spec.KvElementsPerToken > 0 && _policy.KvCache.Away > 0 ? AddAttention(step, b, after) : AddOperator(step, b, after, 1);
            foreach (var output in step.Outputs) producer[output] = done;
        }

        AddActivationBuffers(before);
        if (_policy.ActivationsOnHost && group.Layers.Count > 0)
            Add(Named("store hidden states", b), OffloadLanes.ToHost, _machine.CopySeconds(hidden, _policy.Pinned), hidden, [_activities.Count - 1], []);
    }

    private int AddOperator(Operator step, int b, HashSet<int> after, double share)
    {
        var work = step.Spec.Work(batch, planner.Precision);
        var time = planner.Time.Time(step.Spec, work, batch, planner.Precision);
        _activities.Add(new Activity
        {
            Name = Named(step.Name, b),
            Stream = OffloadLanes.Compute,
            Unit = OffloadLanes.Compute,
            Picoseconds = Tick.Picosecond.FromSeconds(share * time.Seconds),
            Demands = time.MemorySeconds > 0 ? [new Demand(OffloadLanes.DeviceMemory, Math.Min(1, time.MemorySeconds / time.Seconds))] : [],
            After = [.. after.Order()],
            AfterEarlier = step.Inputs.Contains(0) ? [.. endsOfOthers.Select(n => new Earlier(1, Named(n, b)))] : [],
            Bound = time.Bound,
        });
        return _activities.Count - 1;
    }

    /// <summary>Attention over a cache that is partly away: fetched, or attended to by the host's processor where it lies. Index of what ends it.</summary>
    private int AddAttention(Operator step, int b, HashSet<int> after)
    {
        var perToken = step.Spec.KvElementsPerToken * planner.Precision.KvCache.Bytes();
        var cache = _policy.KvCache;
        var past = perToken * (batch.ContextTokens - batch.Tokens);
        var fresh = perToken * batch.Tokens;
        var ready = new HashSet<int>(after);
        // New keys and values of a prefill are attended to on the device, where they are made; only a cache from before is worth going to.
        var onCpu = _policy.CpuAttention && batch.Prefill.Tokens == 0;
        var read = -1;
        if (cache.Flash > 0 && past > 0)
        {
            // Its staging buffer is free when what was read two batches before has gone on.
            var (free, freeEarlier) = WaitForBuffer(b, onCpu ? step.Name + " on cpu" : "load KV", []);
            read = Add(Named("read KV", b), OffloadLanes.FlashRead, _machine.FlashReadSeconds(cache.Flash * past, _policy.Pinned), cache.Flash * past, free, freeEarlier);
        }

        if (!onCpu && past > 0)
        {
            var (free, freeEarlier) = WaitForBuffer(b, step.Name, read >= 0 ? [read] : []);
            var load = Add(
                Named("load KV", b), OffloadLanes.ToDevice, _machine.CopySeconds(cache.Away * past, _policy.Pinned), cache.Away * past, free, freeEarlier);
            if (read >= 0) _buffers.Add(new PlanBuffer("KV cache read ahead", 1, cache.Flash * past, read, [read, load]));
            _buffers.Add(new PlanBuffer("KV cache in flight", 0, cache.Away * past, load, [_activities.Count]));
            ready.Add(load);
        }

        int done;
        if (onCpu && planner.Others.Cpu(step.Spec, step.Spec.Work(batch, planner.Precision), batch, planner.Precision) is { } there)
        {
            var waits = new HashSet<int>(after);
            if (read >= 0) waits.Add(read);
            _activities.Add(new Activity
            {
                Name = Named(step.Name + " on cpu", b),
                Stream = OffloadLanes.Cpu,
                Unit = OffloadLanes.Cpu,
                Picoseconds = Tick.Picosecond.FromSeconds(cache.Away * there.Seconds),
                Demands = there.MemorySeconds > 0 ? [new Demand(OffloadLanes.HostMemory, Math.Min(1, there.MemorySeconds / there.Seconds))] : [],
                After = [.. waits.Order()],
                Bound = there.Bound,
            });
            ready.Add(_activities.Count - 1);
            done = AddOperator(step, b, ready, cache.Device);
        }
        else
        {
            done = AddOperator(step, b, ready, 1);
        }

        var stored = Add(Named("store KV", b), OffloadLanes.ToHost, _machine.CopySeconds(cache.Away * fresh, _policy.Pinned), cache.Away * fresh, [done], []);
        if (cache.Flash > 0)
            Add(Named("write KV", b), OffloadLanes.FlashWrite, _machine.FlashWriteSeconds(cache.Flash * fresh), cache.Flash * fresh, [stored], []);
        return done;
    }

    private void AddActivationBuffers(int first)
    {
        var placed = Enumerable.Range(first, _activities.Count - first).Where(i => _activities[i].Unit == OffloadLanes.Compute).ToList();
        var bytesPerElement = planner.Precision.Activations.Bytes();
        for (var value = 0; value < group.Values.Count; value++)
        {
            var users = Enumerable.Range(0, group.Operators.Count)
                .Where(i => group.Operators[i].Inputs.Contains(value) || group.Operators[i].Outputs.Contains(value)).ToList();
            if (users.Count == 0) continue;
            if (value == group.OutputValue) users.Add(group.Operators.Count - 1);
            _buffers.Add(new PlanBuffer(
                group.Values[value].Name, 0, group.Values[value].Elements(batch) * bytesPerElement, placed[value == 0 ? 0 : users[0]], [.. users.Select(u => placed[u])]));
        }
    }

    private int Add(string name, int lane, double seconds, double bytes, int[] after, Earlier[] earlier)
    {
        // A copy occupies the share of each memory that its rate takes.
        var rate = seconds > 0 ? bytes / seconds : 0;
        var demands = new List<Demand>();
        if (rate > 0 && lane is OffloadLanes.ToDevice or OffloadLanes.ToHost)
            demands.Add(new Demand(OffloadLanes.DeviceMemory, Math.Min(1, rate / _machine.Device.MemoryBandwidthBytesPerSecond)));
        if (rate > 0) demands.Add(new Demand(OffloadLanes.HostMemory, Math.Min(1, rate / _machine.HostBytesPerSecond)));
        _activities.Add(new Activity
        {
            Name = name,
            Stream = lane,
            Unit = lane,
            Picoseconds = Tick.Picosecond.FromSeconds(seconds),
            Demands = [.. demands],
            After = after,
            AfterEarlier = earlier,
            Bound = Bound.Link,
        });
        return _activities.Count - 1;
    }

    private string LastOfBlock => Named(group.Operators[^1].Name, _policy.BatchesPerBlock - 1);

    /// <summary>The layer whose buffer this one takes over.</summary>
    private Earlier Before(string name) => new(_policy.PrefetchLayers + 1, name);

    /// <summary>
    /// Makes an activity wait for the one whose buffer it takes over: that of the batch two before it in the order of computation, one before it with no
    /// prefetch.
    /// </summary>
    private (int[] After, Earlier[] Earlier) WaitForBuffer(int b, string name, int[] after)
    {
        var back = _policy.PrefetchLayers > 0 ? 2 : 1;
        if (b >= back) return ([.. after, _activities.FindIndex(a => a.Name == Named(name, b - back))], []);
        var block = _policy.BatchesPerBlock;
        var distance = (back - b + block - 1) / block;
        return (after, [new Earlier(distance, Named(name, b - back + distance * block))]);
    }

    private string Named(string name, int b) => _policy.BatchesPerBlock == 1 ? name : $"{name} #{b + 1}";

    /// <summary>Weights of which the shares that are away must be moved for this pass.</summary>
    private double MovedBytes() => _policy.Window is { } window
        ? window.ReadShare(_policy.BatchesPerBlock * batch.Tokens) * FlashWindow.FeedForward(group).Sum(o => o.Spec.WeightBytes(planner.Precision))
        : group.Operators.Sum(o => o.Spec.WeightBytes(planner.Precision));

    private double HiddenElements() => group.Values[group.OutputValue].PerToken;
}
