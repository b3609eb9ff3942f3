using LlmSim.Execution.Memory;
using LlmSim.Execution.Placement;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels;

namespace LlmSim.Execution.Offloading;

/// <summary>
/// Finds where weights, KV cache and hidden states should lie for the highest throughput of FlexGen's block schedule (Sheng et al., ICML 2023, section 4).
/// </summary>
/// <remarks>
/// The cost of a layer is that of its busiest lane, as in the paper. The search is exhaustive over shares in steps of 5 %, hidden states on
/// either side, attention on either side, and all ways to cut the block into batches: about a million candidates of some ten multiplications each. A linear
/// program would give finer shares for one cut, but needs a solver and a linear cost; the maximum over the grid needs neither, and a step of 5 % is below what
/// whole layers allow anyway.
/// </remarks>
public sealed class FlexGenSearch
{
    private const int Steps = 20;

    private readonly LanguageModel _model;
    private readonly Precision _precision;
    private readonly Device _device;
    private readonly ITimeModel _time;
    private readonly OffloadMachine _machine;
    private readonly int _layers;

    /// <summary>A search for one model on one machine.</summary>
    /// <param name="model">The model.</param>
    /// <param name="precision">Number formats.</param>
    /// <param name="device">The machine.</param>
    /// <param name="time">The device's operator times.</param>
    public FlexGenSearch(LanguageModel model, Precision precision, Device device, ITimeModel time)
    {
        ArgumentNullException.ThrowIfNull(model);
        (_model, _precision, _device, _time, _machine, _layers) = (model, precision, device, time, new OffloadMachine(device), model.LayerCount);
    }

    /// <summary>Device memory that stays free for the runtime, in bytes.</summary>
    public double ReserveBytes { get; init; } = 1L << 30;

    /// <summary>Whether attention may run on the host's processor; not with a quantised cache, which only the device can unpack fast.</summary>
    public bool AllowCpuAttention { get; init; } = true;

    /// <summary>The best placement for a block of this many prompts; null when none fits.</summary>
    /// <param name="sequences">Prompts in the block.</param>
    /// <param name="promptTokens">Tokens of each prompt.</param>
    /// <param name="outputTokens">Tokens to generate for each.</param>
    /// <returns>The policy, and the prompts of one of its batches.</returns>
    public (OffloadPolicy Policy, int SequencesPerBatch)? Best(int sequences, int promptTokens, int outputTokens)
    {
        (OffloadPolicy, int)? best = null;
        var least = double.PositiveInfinity;
        for (var batches = 1; batches <= Math.Min(sequences, 64); batches++)
        {
            if (sequences % batches != 0) continue;
            var costs = new Costs(this, batches, sequences / batches, promptTokens, outputTokens);
            foreach (var weights in Grid())
            {
                foreach (var cache in Grid())
                {
                    if ((weights.Flash > 0 || cache.Flash > 0) && _machine.FlashReadBytesPerSecond <= 0) continue;
                    for (var choice = 0; choice < 4; choice++)
                    {
                        var (onHost, onCpu) = ((choice & 1) != 0, (choice & 2) != 0);
                        if (onCpu && (cache.Away == 0 || !AllowCpuAttention)) continue;
                        var seconds = costs.Seconds(weights, cache, onHost, onCpu);
                        // Of equal ones the first, which is the one with the most on the device.
                        if (seconds >= least * (1 - 1e-9) || !costs.Fits(weights, cache, onHost, onCpu)) continue;
                        least = seconds;
                        best = (new OffloadPolicy
                        {
                            Name = "flexgen",
                            Weights = weights,
                            KvCache = cache,
                            ActivationsOnHost = onHost,
                            CpuAttention = onCpu,
                            BatchesPerBlock = batches,
                        }, sequences / batches);
                    }
                }
            }
        }

        return best;
    }

    private static IEnumerable<Shares> Grid()
    {
        for (var device = Steps; device >= 0; device--)
            for (var host = Steps - device; host >= 0; host--)
                yield return new Shares((double)device / Steps, (double)host / Steps, (double)(Steps - device - host) / Steps);
    }

    /// <summary>What the candidates of one cut have in common.</summary>
    private sealed class Costs
    {
        private readonly FlexGenSearch _search;
        private readonly OffloadMachine _machine;
        private readonly int _batches, _outputTokens;
        private readonly double _layerWeights, _otherWeights, _cacheLayer, _pastLayer, _freshLayer, _promptLayer, _hiddenPrefill, _hiddenDecode;
        private readonly double _prefillSeconds, _decodeSeconds, _decodeAttentionSeconds, _cpuAttentionSeconds, _activationPeak;

        public Costs(FlexGenSearch search, int batches, int sequences, int promptTokens, int outputTokens)
        {
            (_search, _machine, _batches, _outputTokens) = (search, search._machine, batches, outputTokens);
            var (model, precision) = (search._model, search._precision);
            var prefill = BatchShape.UniformPrefill(sequences, promptTokens, model.Needs);
            var decode = BatchShape.UniformDecode(sequences, promptTokens + outputTokens / 2, model.Needs);
            var others = new OtherUnits(search._device);
            var kv = precision.KvCache.Bytes();
            foreach (var group in model.LayerGroups)
            {
                // Means over the layers, where there are several kinds.
                var part = (double)group.Layers.Count / search._layers;
                foreach (var step in group.Operators)
                {
                    _layerWeights += part * step.Spec.WeightBytes(precision);
                    _cacheLayer += part * step.Spec.KvElementsPerToken * kv;
                    _prefillSeconds += part * search.Seconds(step.Spec, prefill);
                    var seconds = part * search.Seconds(step.Spec, decode);
                    if (step.Spec.KvElementsPerToken > 0)
                    {
                        _decodeAttentionSeconds += seconds;
                        _cpuAttentionSeconds += part * (others.Cpu(step.Spec, step.Spec.Work(decode, precision), decode, precision)?.Seconds ?? double.PositiveInfinity);
                    }
                    else
                    {
                        _decodeSeconds += seconds;
                    }
                }
            }

            _otherWeights = model.WeightBytes(precision) - search._layers * _layerWeights;
            _pastLayer = _cacheLayer * (decode.ContextTokens - decode.Tokens);
            _freshLayer = _cacheLayer * decode.Tokens;
            _promptLayer = _cacheLayer * prefill.Tokens;
            _cacheLayer *= sequences * (double)(promptTokens + outputTokens + 1);
            _hiddenPrefill = prefill.Tokens * (double)model.HiddenSize * precision.Activations.Bytes();
            _hiddenDecode = decode.Tokens * (double)model.HiddenSize * precision.Activations.Bytes();
            _activationPeak = LiveRanges.PeakOf(model, prefill, precision).Bytes;
        }

        public double Seconds(in Shares weights, in Shares cache, bool onHost, bool onCpu)
        {
            var prefill = Busiest(weights, cache, _hiddenPrefill, onHost, 0, _promptLayer, _prefillSeconds, 0);
            var onDevice = _decodeSeconds + _decodeAttentionSeconds * (onCpu ? cache.Device : 1);
            var there = onCpu ? cache.Away * _cpuAttentionSeconds : 0;
            var decode = Busiest(weights, cache, _hiddenDecode, onHost, onCpu ? -_pastLayer : _pastLayer, _freshLayer, onDevice, there);
            return _search._layers * (prefill + (_outputTokens - 1) * decode);
        }

        public bool Fits(in Shares weights, in Shares cache, bool onHost, bool onCpu)
        {
            var layers = _search._layers;
            var staged = 2 * weights.Away * _layerWeights + (onCpu ? 0 : 2 * cache.Away * _pastLayer);
            var hidden = _batches * _hiddenPrefill;
            var device = weights.Device * layers * _layerWeights + _otherWeights + cache.Device * layers * _batches * _cacheLayer + staged + _activationPeak
                + (onHost ? 0 : hidden) + _search.ReserveBytes;
            var host = weights.Host * layers * _layerWeights + cache.Host * layers * _batches * _cacheLayer + (onHost ? hidden : 0)
                + 2 * weights.Flash * _layerWeights + 2 * cache.Flash * _pastLayer;
            var flash = weights.Flash * layers * _layerWeights + cache.Flash * layers * _batches * _cacheLayer;
            return device <= _machine.DeviceTier.CapacityBytes && host <= _machine.HostTier.CapacityBytes && flash <= _machine.FlashTier.CapacityBytes;
        }

        /// <summary>Time of the busiest lane for one layer; a negative past means that it is read from flash but not copied to the device.</summary>
        private double Busiest(in Shares weights, in Shares cache, double hidden, bool onHost, double past, double fresh, double compute, double cpu)
        {
            var toDevice = (weights.Away * _layerWeights + _batches * (cache.Away * Math.Max(0, past) + (onHost ? hidden : 0))) / _machine.LinkBytesPerSecond;
            var toHost = _batches * (cache.Away * fresh + (onHost ? hidden : 0)) / _machine.LinkBytesPerSecond;
            var read = Part(weights.Flash * _layerWeights + _batches * cache.Flash * Math.Abs(past), _machine.FlashReadBytesPerSecond);
            var write = Part(_batches * cache.Flash * fresh, _machine.FlashWriteBytesPerSecond);
            // Device and processor alternate within a batch and overlap between batches.
            var units = _batches > 1 ? Math.Max(_batches * compute, _batches * cpu) : compute + cpu;
            return Math.Max(Math.Max(Math.Max(toDevice, toHost), Math.Max(read, write)), units);
        }

        private static double Part(double bytes, double rate) => bytes > 0 ? bytes / rate : 0;
    }

    private double Seconds(OperatorSpec spec, in BatchShape batch) => _time.Time(spec, spec.Work(batch, _precision), batch, _precision).Seconds;
}
