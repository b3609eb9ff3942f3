namespace LlmSim.Graphs.Operators;

/// <summary>What one execution of an operator asks of a machine. Doubles, since FLOPs of long passes exceed 2⁵³ only in sums nobody compares.</summary>
public readonly record struct OperatorWork
{
    /// <summary>Floating-point operations for matrix units (1 multiply-accumulate = 2).</summary>
    public double MatrixFlops { get; init; }

    /// <summary>Floating-point operations for vector units.</summary>
    public double VectorFlops { get; init; }

    /// <summary>Bytes of weights read, group scales included.</summary>
    public double WeightBytes { get; init; }

    /// <summary>Bytes of activations read.</summary>
    public double ActivationReadBytes { get; init; }

    /// <summary>Bytes of activations written.</summary>
    public double ActivationWriteBytes { get; init; }

    /// <summary>Bytes of keys and values read from the cache.</summary>
    public double KvReadBytes { get; init; }

    /// <summary>Bytes of keys and values written to the cache.</summary>
    public double KvWriteBytes { get; init; }

    /// <summary>Bytes that this device sends to others.</summary>
    public double CommunicatedBytes { get; init; }

    /// <summary>All floating-point operations.</summary>
    public double Flops => MatrixFlops + VectorFlops;

    /// <summary>All bytes moved between the compute units and the device's memory.</summary>
    public double MemoryBytes => WeightBytes + ActivationReadBytes + ActivationWriteBytes + KvReadBytes + KvWriteBytes;

    /// <summary>Keys and values read and written.</summary>
    public double KvBytes => KvReadBytes + KvWriteBytes;

    /// <summary>FLOPs per byte moved; infinity when nothing is moved.</summary>
    public double ArithmeticIntensity => Flops / MemoryBytes;

    /// <summary>The sum, member by member.</summary>
    public static OperatorWork operator +(OperatorWork a, OperatorWork b) => new()
    {
        MatrixFlops = a.MatrixFlops + b.MatrixFlops,
        VectorFlops = a.VectorFlops + b.VectorFlops,
        WeightBytes = a.WeightBytes + b.WeightBytes,
        ActivationReadBytes = a.ActivationReadBytes + b.ActivationReadBytes,
        ActivationWriteBytes = a.ActivationWriteBytes + b.ActivationWriteBytes,
        KvReadBytes = a.KvReadBytes + b.KvReadBytes,
        KvWriteBytes = a.KvWriteBytes + b.KvWriteBytes,
        CommunicatedBytes = a.CommunicatedBytes + b.CommunicatedBytes,
    };

    /// <summary>This work done <paramref name="times"/> times.</summary>
    public OperatorWork Times(double times) => new()
    {
        MatrixFlops = MatrixFlops * times,
        VectorFlops = VectorFlops * times,
        WeightBytes = WeightBytes * times,
        ActivationReadBytes = ActivationReadBytes * times,
        ActivationWriteBytes = ActivationWriteBytes * times,
        KvReadBytes = KvReadBytes * times,
        KvWriteBytes = KvWriteBytes * times,
        CommunicatedBytes = CommunicatedBytes * times,
    };

    /// <inheritdoc cref="op_Addition"/>
    public static OperatorWork Add(OperatorWork left, OperatorWork right) => left + right;
}
