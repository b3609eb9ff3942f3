using System.Globalization;
using LlmSim.Graphs.Batches;
using LlmSim.Graphs.Numbers;
using LlmSim.Graphs.Operators;
using LlmSim.Machines.Hardware;
using LlmSim.Machines.TimeModels.Fitted;

namespace LlmSim.Machines.TimeModels;

/// <summary>
/// Times by the formulas in <see cref="Fitted"/>, with constants from the device's file, else borrowed from its architecture, else the ideal roofline.
/// </summary>
/// <remarks>
/// Approximations beyond those of the formulas: biases and rotation inside a kernel cost nothing of their own; dequantisation overlaps the product it feeds;
/// multi-head latent attention is timed as the GEMMs and the attention it consists of, whose constants were fitted on other kernels.
/// </remarks>
public sealed partial class FittedTimeModel : ITimeModel
{
    private readonly Device _device;
    private readonly DeviceRates _rates;
    private readonly IdealTimeModel _ideal;
    private readonly string? _kernels;
    private readonly AttentionDevice _attention, _smallCacheAttention;
    private readonly double _cacheBytes;
    private readonly FormatConstants<GemmConstants>[] _gemm;
    private readonly FormatConstants<MixtureConstants>[] _experts;
    private readonly GemmDevice[] _gemmDevices;
    private readonly FormatConstants<PrefillConstants>[] _prefill;
    private readonly FormatConstants<DecodeConstants>[] _decode;
    private readonly FormatConstants<MixedConstants> _mixed;
    private readonly FormatConstants<UnevenConstants> _uneven;
    private readonly FormatConstants<CollectiveConstants> _allReduce;
    private readonly FormatConstants<ElementwiseConstants> _elementwise;
    private readonly SortedSet<string> _warnings = new(StringComparer.Ordinal);

    /// <summary>The model of one device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="unfitted">What it may borrow.</param>
    /// <param name="kernels">Start of the preferred kernel library's name ("trtllm"); null takes the first in the device's file.</param>
    /// <param name="fusedQuantization">
    /// Whether the engine's compiler lets the operator before a product write activations in 8 bits, so that no kernel of its own quantises them: true of TensorRT
    /// engines, whose scales are known beforehand. The tables behind the constants hold that kernel.
    /// </param>
    public FittedTimeModel(Device device, UnfittedConstants unfitted, string? kernels = null, bool fusedQuantization = false)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(unfitted);
        (_device, _kernels) = (device, kernels);
        _rates = new DeviceRates(device);
        _ideal = new IdealTimeModel(device);
        _attention = AttentionDevice.Of(device);
        _smallCacheAttention = AttentionDevice.Of(device, NumberFormat.Fp8);
        _cacheBytes = device.MemoryOf(MemoryKind.L2)?.CapacityBytes ?? 0;
        var sets = new ConstantSets(device, unfitted, kernels);
        var formats = Enum.GetValues<NumberFormat>();
        _gemmDevices = [.. formats.Select(f => GemmDevices.Of(device, f))];
        _gemm = [.. formats.Select(f => FormatConstants.Choose(sets, OperatorClasses.Gemm, Computed(f), v => Gemm(v, fusedQuantization)))];
        _experts = [.. formats.Select(f => FormatConstants.Choose(sets, OperatorClasses.Experts, Computed(f), v => MixtureConstants.From(v)))];
        _prefill = [.. formats.Select(f => FormatConstants.Choose(sets, OperatorClasses.PrefillAttention, Cached(f), v => PrefillConstants.From(v)))];
        _decode = [.. formats.Select(f => FormatConstants.Choose(sets, OperatorClasses.DecodeAttention, Cached(f), v => DecodeConstants.From(v)))];
        // The formula is FlashAttention-2's; later kernels pack query groups and split contexts in mixed batches too, so their two times are added.
        _mixed = _attention.FlashAttention2 ? FormatConstants.Choose(sets, OperatorClasses.MixedAttention, null, v => MixedConstants.From(v)) : default;
        _uneven = _attention.FlashAttention2 ? FormatConstants.Choose(sets, OperatorClasses.UnevenDecodes, null, v => UnevenConstants.From(v)) : default;
        _allReduce = FormatConstants.Choose(sets, OperatorClasses.AllReduce, null, v => CollectiveConstants.From(v));
        _elementwise = FormatConstants.Choose(sets, OperatorClasses.Elementwise, null, v => ElementwiseConstants.From(v));
    }

    private FittedTimeModel(FittedTimeModel other)
    {
        (_device, _kernels, _rates, _ideal, _attention, _smallCacheAttention, _cacheBytes) =
            (other._device, other._kernels, other._rates, other._ideal, other._attention, other._smallCacheAttention, other._cacheBytes);
        _gemmDevices = other._gemmDevices;
        _gemm = [.. other._gemm.Select(c => c.Fresh())];
        _experts = [.. other._experts.Select(c => c.Fresh())];
        _prefill = [.. other._prefill.Select(c => c.Fresh())];
        _decode = [.. other._decode.Select(c => c.Fresh())];
        (_mixed, _uneven, _allReduce, _elementwise) = (other._mixed.Fresh(), other._uneven.Fresh(), other._allReduce.Fresh(), other._elementwise.Fresh());
    }

    /// <inheritdoc/>
    public ITimeModel Fresh() => new FittedTimeModel(this);

    /// <summary>Whether fitted times mean anything for a device: kernels were measured on GPUs, whose blocks run on multiprocessors.</summary>
    public static bool Suits(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return device.Kind == DeviceKind.Gpu && device.Compute.Multiprocessors is not null;
    }

    /// <inheritdoc/>
    public string Kind => "fitted";

    /// <inheritdoc/>
    public BatchNeeds Needs => BatchNeeds.None;

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Warnings => _warnings;

    /// <inheritdoc/>
    public OperatorTime Time(OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        if (work.MemoryBytes <= 0 && work.Flops <= 0) return default;
        return spec.Kernel switch
        {
            Linear linear => Gemm(
                linear.Rows.Rows(batch), linear.Outputs, linear.Inputs, precision.WeightsOr(linear.Stored), spec, work, batch, precision),
            Router router => Gemm(batch.Tokens, router.Experts, router.Hidden, precision.WeightsOr(router.Stored), spec, work, batch, precision),
            Attention attention => Attend(attention, work, batch, precision),
            MultiLatentAttention latent => Latent(latent, work, batch, precision),
            MixtureOfExperts experts => Experts(experts, work, batch, precision),
            Collective { Kind: CollectiveKind.AllReduce } collective => AllReduce(collective, work, batch, precision),
            Collective => Link(work),
            AttentionScores or AttentionValues => BatchedProducts(work, precision),
            _ => Elementwise(work, precision),
        };
    }

    private static GemmConstants Gemm(double[] values, bool fusedQuantization)
    {
        var constants = GemmConstants.From(values);
        return fusedQuantization ? constants with { QuantizeEfficiency = double.PositiveInfinity, QuantizeSeconds = 0 } : constants;
    }

    private OperatorTime Gemm(
        double m, double n, double k, in WeightFormat stored, OperatorSpec spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        var format = IdealTimeModel.MatrixFormat(spec, precision);
        ref readonly var constants = ref _gemm[(int)format];
        if (constants.Chosen is null) return _ideal.Time(spec, work, batch, precision);
        if (!constants.Covers(m, n, k)) Warn(constants, "m, n, k", m, n, k);
        var shape = new GemmShape(m, n, k, precision.Activations.Bytes(), stored.Bytes(k, n) / (k * n));
        var seconds = GemmTime.Seconds(shape, _gemmDevices[(int)format], constants.Values, 0, out var compute, out var memory);
        var dequantization = IdealTimeModel.Dequantization(spec, work, precision, format) / _rates.Vector(precision.Activations);
        return Bounded(Math.Max(seconds, dequantization), compute, memory, constants.Values.StartSeconds);
    }

    private OperatorTime Attend(Attention attention, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        ref readonly var prefill = ref _prefill[(int)precision.KvCache];
        ref readonly var decode = ref _decode[(int)precision.KvCache];
        if (prefill.Chosen is null || decode.Chosen is null) return _ideal.Time(attention, work, batch, precision);
        var heads = new AttentionHeads(attention.Heads, attention.KvHeads, attention.HeadDim, attention.ValueHeadDim, precision.KvCache.Bytes());
        var prompts = Prompts(attention, batch.Prefill, precision);
        var decodes = Decodes(attention, batch.Decode, precision);
        return AttendBoth(heads, prompts, decodes, prefill, decode);
    }

    private OperatorTime AttendBoth(
        in AttentionHeads heads, in PrefillShape prompts, in DecodeShape decodes,
        in FormatConstants<PrefillConstants> prefill, in FormatConstants<DecodeConstants> decode)
    {
        double compute = 0, memory = 0, seconds = 0;
        if (prompts.Sequences > 0 && decodes.Sequences > 0 && _mixed.Chosen is not null)
        {
            if (!_mixed.Covers(prompts.Tokens, decodes.Sequences, decodes.MeanKeys))
                Warn(_mixed, "tokens, sequences, keys", prompts.Tokens, decodes.Sequences, decodes.MeanKeys);
            seconds = MixedAttentionTime.Seconds(prompts, decodes, heads, _attention, _mixed.Values, out compute, out memory);
            // Mixed launches queue query heads, decodes alone KV heads.
            seconds += Uneven(decodes, heads, seconds / heads.Heads);
            return Bounded(seconds, compute, memory, _mixed.Values.StartSeconds);
        }

        if (prompts.Sequences > 0)
        {
            if (!prefill.Covers(prompts.Sequences, prompts.LongestKeys, 0)) Warn(prefill, "sequences, keys", prompts.Sequences, prompts.LongestKeys, 0);
            seconds += PrefillAttentionTime.Seconds(prompts, heads, _attention, prefill.Values, out var c, out var m);
            (compute, memory) = (compute + c, memory + m);
        }

        if (decodes.Sequences > 0)
        {
            if (!decode.Covers(decodes.Sequences, decodes.MeanKeys, 0)) Warn(decode, "sequences, keys", decodes.Sequences, decodes.MeanKeys, 0);
            var even = DecodeAttentionTime.Seconds(decodes, heads, heads.KvBytes < 2 ? _smallCacheAttention : _attention, decode.Values, 0, out var c, out var m);
            seconds += even;
            if (heads.KvBytes >= 2 && UnevenDecodesTime.Unsplit(decodes, heads, _attention)) seconds += Uneven(decodes, heads, even / heads.KvHeads);
            (compute, memory) = (compute + c, memory + m);
        }

        // The second launch gets ready while the first runs.
        if (prompts.Sequences > 0 && decodes.Sequences > 0) seconds -= Math.Min(prefill.Values.StartSeconds, decode.Values.StartSeconds);
        return Bounded(seconds, compute, memory, prefill.Values.StartSeconds);
    }

    private double Uneven(in DecodeShape decodes, in AttentionHeads heads, double turnSeconds) =>
        _uneven.Chosen is null || _uneven.Borrowed ? 0 : UnevenDecodesTime.Seconds(decodes, heads, _uneven.Values, turnSeconds);

    private static PrefillShape Prompts(Attention attention, in PhaseShape phase, in Precision precision)
    {
        if (phase.Tokens == 0) return default;
        double sequences = phase.Sequences, past = (phase.ContextTokens - phase.Tokens) / sequences;
        var window = attention.Window ?? double.PositiveInfinity;
        return new PrefillShape(
            sequences, phase.Tokens, attention.PairsIn(phase), Math.Min(past, window), Math.Min(phase.MaxContext, window + phase.Tokens / sequences),
            attention.PhaseWork(phase, precision).MemoryBytes);
    }

    private static DecodeShape Decodes(Attention attention, in PhaseShape phase, in Precision precision) => phase.Tokens == 0
        ? default
        : new DecodeShape(
            phase.Sequences, attention.KeysIn(phase) / phase.Sequences, attention.PhaseWork(phase, precision).MemoryBytes,
            Math.Min(phase.MaxContext, attention.Window ?? double.PositiveInfinity));

    private OperatorTime Latent(MultiLatentAttention latent, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        ref readonly var prefill = ref _prefill[(int)precision.KvCache];
        ref readonly var decode = ref _decode[(int)precision.KvCache];
        ref readonly var gemm = ref _gemm[(int)precision.Activations];
        if (prefill.Chosen is null || decode.Chosen is null || gemm.Chosen is null) return _ideal.Time(latent, work, batch, precision);
        var product = _gemmDevices[(int)precision.Activations];
        double seconds = 0, compute = 0, memory = 0;
        var weights = precision.WeightsOr(latent.Stored);
        double expanded = latent.Heads * (double)(latent.NopeDim + latent.ValueDim);
        var weightBytes = weights.Bytes(latent.LatentDim, expanded) / (latent.LatentDim * expanded);
        if (batch.Prefill.Tokens > 0)
        {
            // Keys and values of the whole context are expanded by one product, then attended to with as many KV heads as heads.
            var shape = new GemmShape(batch.Prefill.ContextTokens, expanded, latent.LatentDim, precision.Activations.Bytes(), weightBytes);
            seconds += GemmTime.Seconds(shape, product, gemm.Values, 0, out _, out _);
            var heads = new AttentionHeads(latent.Heads, latent.Heads, latent.NopeDim + latent.RopeDim, latent.ValueDim, precision.Activations.Bytes());
            double sequences = batch.Prefill.Sequences;
            var prompts = new PrefillShape(
                sequences, batch.Prefill.Tokens, batch.Prefill.Pairs, (batch.Prefill.ContextTokens - batch.Prefill.Tokens) / sequences, batch.Prefill.MaxContext,
                latent.PrefillWork(batch.Prefill, precision).MemoryBytes);
            seconds += PrefillAttentionTime.Seconds(prompts, heads, _attention, prefill.Values, out var c, out var m);
            (compute, memory) = (compute + c, memory + m);
        }

        if (batch.Decode.Tokens > 0)
        {
            // Queries into the latent space and results out of it, together one product of the expanded size; one KV head of the latent's width between.
            var shape = new GemmShape(batch.Decode.Tokens, expanded, latent.LatentDim, precision.Activations.Bytes(), weightBytes);
            seconds += GemmTime.Seconds(shape, product, gemm.Values, 0, out _, out _) + gemm.Values.StartSeconds;
            var heads = new AttentionHeads(latent.Heads, 1, latent.LatentDim + latent.RopeDim, latent.LatentDim, precision.KvCache.Bytes());
            var decodes = new DecodeShape(
                batch.Decode.Sequences, (double)batch.Decode.ContextTokens / batch.Decode.Sequences, latent.DecodeWork(batch.Decode, precision).MemoryBytes);
            seconds += DecodeAttentionTime.Seconds(decodes, heads, heads.KvBytes < 2 ? _smallCacheAttention : _attention, decode.Values, 0, out var c, out var m);
            (compute, memory) = (compute + c, memory + m);
        }

        return Bounded(seconds, compute, memory, decode.Values.StartSeconds);
    }

    private OperatorTime Experts(MixtureOfExperts spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        var stored = precision.WeightsOr(spec.Stored);
        var format = IdealTimeModel.MatrixFormat(spec, precision);
        ref readonly var constants = ref _experts[(int)format];
        if (constants.Chosen is null) return _ideal.Time(spec, work, batch, precision);
        double tokens = batch.Tokens * (spec.OwnTokens ? (double)spec.Ranks : 1), choices = tokens * spec.ExpertsPerToken;
        if (!constants.Covers(tokens, spec.Experts, 0)) Warn(constants, "tokens, experts", tokens, spec.Experts, 0);
        var matrices = spec.Gated ? 3.0 : 2;
        var shape = new MixtureShape(
            Math.Max(1, spec.Experts / spec.Ranks), choices / spec.Ranks, choices, spec.Ranks > 1, tokens, Math.Max(0, spec.RoutingSkew),
            spec.Hidden, spec.Intermediate, matrices, stored.Bytes(spec.Hidden, spec.Intermediate) / ((double)spec.Hidden * spec.Intermediate));
        var seconds = MixtureTime.Seconds(shape, MixtureTime.Loads(shape), _gemmDevices[(int)format], constants.Values, 0, out var compute, out var memory);
        var dequantization = IdealTimeModel.Dequantization(spec, work, precision, format) / _rates.Vector(precision.Activations);
        return Bounded(Math.Max(seconds, dequantization), compute, memory, constants.Values.StartSeconds);
    }

    /// <inheritdoc/>
    public bool HasMeasured(Collective collective) =>
        collective is { Kind: CollectiveKind.AllReduce } && _allReduce.Chosen is not null && !_allReduce.Borrowed;

    private OperatorTime AllReduce(Collective spec, in OperatorWork work, in BatchShape batch, in Precision precision)
    {
        if (_allReduce.Chosen is null || _allReduce.Borrowed) return Link(work);
        var bytes = spec.Rows.Rows(batch) * spec.ElementsPerRow * precision.Activations.Bytes();
        if (!_allReduce.Covers(bytes, spec.Ranks, 0)) Warn(_allReduce, "bytes, ranks", bytes, spec.Ranks, 0);
        return new OperatorTime(CollectiveTime.AllReduce(bytes, spec.Ranks, _allReduce.Values), 0, 0, Bound.Link);
    }

    // Links differ too much to borrow constants: bytes over bandwidth, and one latency.
    private OperatorTime Link(in OperatorWork work) =>
        new(work.CommunicatedBytes / _rates.LinkBytesPerSecond + _rates.LinkSeconds, 0, 0, Bound.Link);

    // Scores and values of unfused attention: many small products, whose efficiencies are taken to be those of one large one.
    private OperatorTime BatchedProducts(in OperatorWork work, in Precision precision)
    {
        ref readonly var gemm = ref _gemm[(int)precision.Activations];
        if (gemm.Chosen is null)
        {
            var ideal = Math.Max(work.MatrixFlops / _rates.Matrix(precision.Activations), work.MemoryBytes / _rates.BandwidthBytesPerSecond);
            return new OperatorTime(ideal, work.MatrixFlops / _rates.Matrix(precision.Activations), work.MemoryBytes / _rates.BandwidthBytesPerSecond, Bound.Memory);
        }

        var compute = work.MatrixFlops / (_rates.Matrix(precision.Activations) * gemm.Values.ComputeEfficiency);
        var memory = work.MemoryBytes / (_rates.BandwidthBytesPerSecond * gemm.Values.MemoryEfficiency);
        return Bounded(Norms.Four(compute, memory) + gemm.Values.StartSeconds, compute, memory, gemm.Values.StartSeconds);
    }

    private OperatorTime Elementwise(in OperatorWork work, in Precision precision)
    {
        var compute = work.VectorFlops / _rates.Vector(precision.Activations);
        var bytes = work.MemoryBytes;
        if (_elementwise.Chosen is null)
        {
            var ideal = bytes / _rates.BandwidthBytesPerSecond;
            return new OperatorTime(Math.Max(compute, ideal), compute, ideal, compute > ideal ? Bound.Compute : Bound.Memory);
        }

        var seconds = ElementwiseTime.Seconds(bytes, _rates.BandwidthBytesPerSecond, _cacheBytes, _elementwise.Values);
        return Bounded(Math.Max(seconds, compute), compute, seconds - _elementwise.Values.StartSeconds, _elementwise.Values.StartSeconds);
    }

    private static OperatorTime Bounded(double seconds, double compute, double memory, double start) =>
        new(seconds, compute, memory, start > Math.Max(compute, memory) ? Bound.Overhead : compute > memory ? Bound.Compute : Bound.Memory);

    // 16-bit formats share their constants, and so do 8-bit ones; narrower integers compute in 8 bits where a device does at all.
    private NumberFormat Computed(NumberFormat format) => Arithmetic.Rate(format, _device.Compute.Matrix, _device.Compute.Vector).Format switch
    {
        NumberFormat.Int8 or NumberFormat.Fp8 => NumberFormat.Fp8,
        NumberFormat.Fp4 => NumberFormat.Fp4,
        _ => NumberFormat.Bf16,
    };

    private static NumberFormat Cached(NumberFormat format) => format.Bits() <= 8 ? NumberFormat.Fp8 : NumberFormat.Bf16;

    // Called rarely: a warning is worth its allocation once, and is not built again for the same class.
    private void Warn<T>(in FormatConstants<T> constants, string sizes, double a, double b, double c)
        where T : struct
    {
        if (constants.Warned[0]) return;
        constants.Warned[0] = true;
        _warnings.Add(string.Create(
            CultureInfo.InvariantCulture, $"{constants.Chosen!.Label}: {sizes} = {a:G6}, {b:G6}{(c > 0 ? ", " + c.ToString("G6", CultureInfo.InvariantCulture) : "")} lies outside what was measured"));
    }
}
